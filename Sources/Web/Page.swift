import StarlingHTTP

/// The files of the live page, which are in the program.
enum Page {
    /// Nothing from elsewhere: no script, picture or font of another site, and nobody is told of this one.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// - Returns: nil for other paths.
    static func file(_ path: String) -> HTTPResponse? {
        switch path {
        case "/": response("text/html; charset=utf-8", PackageResources.index_html, [.init("Content-Security-Policy", policy)])
        case "/page.css": response("text/css; charset=utf-8", PackageResources.page_css)
        case "/page.js": response("text/javascript; charset=utf-8", PackageResources.page_js)
        case "/charts.js": response("text/javascript; charset=utf-8", PackageResources.charts_js)
        case "/latents.js": response("text/javascript; charset=utf-8", PackageResources.latents_js)
        case "/icon.svg": response("image/svg+xml", PackageResources.icon_svg)
        default: nil
        }
    }

    private static func response(_ type: String, _ bytes: [UInt8], _ further: [HTTPResponse.Header] = []) -> HTTPResponse {
        HTTPResponse(.ok, type: type, headers: Door.headers + further, bytes)
    }
}
