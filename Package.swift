// swift-tools-version: 6.2
import PackageDescription

// Folders have short names; targets carry the prefix, because SwiftPM wants target names
// unique over the whole package graph and a user's package may have its own `Environments`.
// The floors are those of the architecture: imports only point down.

/// Products of other packages, each with the one reason it is here.
extension Target.Dependency {
    /// Subcommands, options and help texts of the two programs.
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    /// Log levels and handlers that a user's own program can replace.
    static let logging = product(name: "Logging", package: "swift-log")
    /// The headers of the wire, readable from any language.
    static let protobuf = product(name: "SwiftProtobuf", package: "swift-protobuf")
    /// Recipes, with line and column of every mistake.
    static let yams = product(name: "Yams", package: "Yams")
}

/// A Swift target `Starling<folder>` in `Sources/<folder>`.
func module(_ folder: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(
        name: "Starling\(folder)", dependencies: dependencies, path: "Sources/\(folder)",
        exclude: folder == "Messages" ? ["Schema"] : [], resources: resources)
}

/// A test target `Starling<folder>` in `Tests/<folder>`.
func tests(_ folder: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: "Starling\(folder)", dependencies: dependencies, path: "Tests/\(folder)", resources: resources)
}

let package = Package(
    name: "starling",
    products: [
        .library(name: "Starling", targets: ["StarlingLaunch"]),
        .library(name: "StarlingAlgorithms", targets: ["StarlingAlgorithms", "StarlingReturns"]),
        .library(name: "StarlingActor", targets: ["StarlingLaunchActor"]),
        .library(name: "StarlingEnvironments", targets: ["StarlingEnvironments", "StarlingExperience"]),
        .executable(name: "starling", targets: ["starling"]),
        .executable(name: "starling-actor", targets: ["starling-actor"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // Without its default traits, one of which is the only thing in the actor that needs full Foundation.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        // Programs
        .executableTarget(name: "starling", dependencies: ["StarlingLaunch"], path: "Sources/starling"),
        // Not a product: replaces the allocator to count, for `bench compute`.
        .executableTarget(
            name: "starling-allocations", dependencies: ["StarlingBench", "StarlingCompute", "CStarlingAllocationCounter"],
            path: "Sources/starling-allocations"),
        .executableTarget(name: "starling-actor", dependencies: ["StarlingLaunchActor"], path: "Sources/starling-actor"),

        // Floor 4: what a program is made of
        module(
            "Launch",
            [
                "StarlingExport", "StarlingMonitoring", "StarlingMetrics", "StarlingLearning", "StarlingActing", "StarlingAlgorithms",
                "StarlingTraining",
                "StarlingTransport",
                "StarlingLatentPolicy", "StarlingEnvironments", "StarlingStorage", "StarlingConfiguration",
                "StarlingCompute", "StarlingExperience", "StarlingThreads", "StarlingSafetensors", "StarlingLaunchActor",
                "StarlingLatentQuality", "StarlingRecording", "StarlingWeb", "StarlingHTTP",
                "StarlingMessages", "StarlingKeys", "StarlingZeroMQ", "StarlingBench", "StarlingBridge", "StarlingTrainingRun", "COneDNN",
                "CZeroMQ",
                .argumentParser, .logging,
            ], resources: [.embedInCode("Recipes"), .embedInCode("Show/latents.html")]),
        module(
            "LaunchActor",
            [
                "StarlingActing", "StarlingTransport", "StarlingMessages", "StarlingKeys", "StarlingEnvironments", "StarlingExperience",
                "StarlingThreads", "StarlingBridge",
                .argumentParser, .logging,
            ]),

        // Floor 3: the three loops
        module(
            "Bench",
            [
                "StarlingAlgorithms", "StarlingTraining", "StarlingReplay", "StarlingTransport", "StarlingLatentPolicy", "StarlingMessages",
                "StarlingKeys", "StarlingZeroMQ", "StarlingTrainingRun", "StarlingEnvironments",
                "StarlingCompute", "StarlingExperience", "StarlingMetrics", "StarlingThreads", "CStarlingKernels", "COneDNN", .logging,
            ]),
        module(
            "Monitoring",
            [
                "StarlingLearning", "StarlingTransport", "StarlingMetrics", "StarlingStorage", "StarlingExperience", "StarlingThreads",
                "StarlingLatentQuality", "StarlingLatentPolicy", "CStarlingKernels",
            ]),
        // What the learner's HTTP door shows.
        module(
            "Web",
            [
                "StarlingMonitoring", "StarlingLearning", "StarlingTransport", "StarlingMetrics", "StarlingExperience", "StarlingThreads",
                "StarlingHTTP", "StarlingLatentQuality",
            ], resources: [.embedInCode("Page")]),
        module(
            "Acting",
            [
                "StarlingTransport", "StarlingMessages", "StarlingLatentPolicy", "StarlingPlanning", "StarlingEnvironments",
                "StarlingCompute", "StarlingExperience", "StarlingThreads", "CStarlingKernels", .logging,
            ]),
        module(
            "Learning",
            [
                "StarlingAlgorithms", "StarlingTraining", "StarlingReplay", "StarlingTransport", "StarlingLatentPolicy",
                "StarlingLatentQuality",
                "StarlingStorage", "StarlingConfiguration", "StarlingCompute", "StarlingMetrics", "StarlingExperience", "StarlingThreads",
                "StarlingMessages", "StarlingReturns", "StarlingSafetensors", "CStarlingKernels", .logging,
            ]),

        // Floor 2
        module(
            "Algorithms",
            [
                "StarlingTraining", "StarlingLatentPolicy", "StarlingConfiguration", "StarlingReturns", "StarlingCompute",
                "StarlingMetrics", "StarlingExperience",
            ]),
        module(
            "Training",
            [
                "StarlingReplay", "StarlingLatentPolicy", "StarlingConfiguration", "StarlingCompute", "StarlingMetrics",
                "StarlingExperience",
                "StarlingThreads", "StarlingSafetensors", "CStarlingKernels",
            ]),
        // Policies for programs that aren't Starling.
        module(
            "Export",
            [
                "StarlingAlgorithms", "StarlingLatentPolicy", "StarlingCompute", "StarlingExperience", "StarlingSafetensors",
                "CStarlingKernels",
            ]),
        // The training of an autoencoder as an environment.
        module(
            "TrainingRun",
            ["StarlingEnvironments", "StarlingLatentPolicy", "StarlingCompute", "StarlingExperience", "StarlingSafetensors"]),
        module("LatentQuality", ["StarlingLatentPolicy", "StarlingRecording", "StarlingCompute", "StarlingExperience"]),
        // Environments of another language: in processes of Python, in shared libraries.
        module(
            "Bridge",
            ["StarlingEnvironments", "StarlingExperience", "StarlingThreads", "CStarlingKernels", "CStarlingEnvironment", .logging],
            resources: [.embedInCode("starling_env_worker.py")]),
        module(
            "Transport",
            [
                "StarlingMessages", "StarlingKeys", "StarlingZeroMQ", "StarlingExperience", "StarlingThreads", "CSodium",
                .logging,
            ]),

        // Floor 1
        module("Replay", ["StarlingExperience", "StarlingSafetensors", "CStarlingKernels"]),
        module("LatentPolicy", ["StarlingCompute", "StarlingExperience"]),
        module("Environments", ["StarlingExperience", "StarlingSafetensors"]),
        // What environments show and sing, as files.
        module("Recording", ["StarlingEnvironments"]),
        module("Messages", ["StarlingExperience", "CStarlingKernels", "CLZ4", .protobuf]),
        module("ZeroMQ", ["CZeroMQ", "StarlingThreads"]),
        // A small server, which knows nothing of learning.
        module("HTTP", ["StarlingThreads"]),
        module("Keys", ["StarlingZeroMQ"]),
        module("Storage", ["StarlingSafetensors", "StarlingExperience", "StarlingThreads", "CStarlingKernels"]),
        module("Configuration", ["StarlingExperience", .yams]),

        // Floor 0
        module("Compute", ["StarlingThreads", "CStarlingKernels", "COneDNN"]),
        module("Returns", ["StarlingExperience"]),
        // Search over a model, and nothing else: no model, no acting.
        module("Planning"),
        module("Metrics"),
        module("Experience", ["CStarlingKernels"]),
        module("Threads", ["CStarlingKernels"]),
        module("Safetensors"),

        // C
        .systemLibrary(
            name: "CZeroMQ", path: "Sources/CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(
            name: "CLZ4", path: "Sources/CLZ4", providers: [.apt(["liblz4-dev"])]),
        // libzmq3-dev, whose CURVE is made of it, brings it along.
        .systemLibrary(
            name: "CSodium", path: "Sources/CSodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(
            name: "COneDNN", path: "Sources/COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .target(name: "CStarlingKernels", path: "Sources/CKernels"),
        // The header that users' libraries are compiled with.
        .systemLibrary(name: "CStarlingEnvironment", path: "deploy/c"),

        // Tests
        tests(
            "ActingTests",
            [
                "StarlingActing", "StarlingTransport", "StarlingMessages", "StarlingLatentPolicy", "StarlingEnvironments",
                "StarlingPlanning", "StarlingCompute", "StarlingExperience", "StarlingThreads", "CStarlingAllocationCounter", .logging,
            ]),
        tests(
            "TrainingTests",
            [
                "StarlingTraining", "StarlingReplay", "StarlingAlgorithms", "StarlingLatentQuality", "StarlingLatentPolicy",
                "StarlingCompute",
                "StarlingMetrics",
                "StarlingExperience", "StarlingSafetensors", "CStarlingAllocationCounter",
            ]),
        tests(
            "AlgorithmsTests",
            [
                "StarlingLatentQuality",
                "StarlingAlgorithms", "StarlingTraining", "StarlingConfiguration", "StarlingLatentPolicy", "StarlingTransport",
                "StarlingCompute",
                "StarlingReturns", "StarlingMetrics", "StarlingExperience", "StarlingSafetensors", "StarlingThreads",
            ]),
        tests(
            "LatentPolicyTests",
            [
                "StarlingLatentPolicy", "StarlingLearning", "StarlingConfiguration", "StarlingMessages", "StarlingCompute",
                "StarlingExperience", "StarlingSafetensors",
            ]),
        tests(
            "LatentQualityTests",
            ["StarlingLatentQuality", "StarlingLatentPolicy", "StarlingCompute", "StarlingExperience", "StarlingSafetensors"]),
        tests(
            "LearningTests",
            [
                "StarlingLatentQuality", "StarlingLatentPolicy",
                "StarlingLearning", "StarlingConfiguration", "StarlingActing", "StarlingAlgorithms", "StarlingTraining",
                "StarlingTransport", "StarlingMessages", "StarlingEnvironments", "StarlingCompute", "StarlingReturns", "StarlingExperience",
                "StarlingSafetensors", "StarlingStorage", "StarlingThreads", "StarlingZeroMQ", "StarlingMetrics", .logging,
            ]),
        tests(
            "ProcessTests",
            [
                "starling", "starling-actor", "starling-light", "starling-light-actor", "starling-own", "starling-faulty",
                "StarlingProcessSupport", "StarlingLearning", "StarlingStorage", "StarlingSafetensors", "StarlingMessages",
                "StarlingZeroMQ", "StarlingEnvironments", "StarlingExperience",
            ]),
        // Faults between processes on hosts of their own. The two programs are those of a user's package, whose
        // environments sleep instead of computing.
        tests("ChaosTests", ["starling-light", "starling-light-actor", "StarlingProcessSupport"]),
        .executableTarget(
            name: "starling-light", dependencies: ["StarlingLaunch", "StarlingLightEnvironments"],
            path: "Tests/starling-light"),
        // What a user's own package can see, and no more: an algorithm, two objectives and a metric.
        .executableTarget(
            name: "starling-own", dependencies: ["StarlingLaunch", "StarlingAlgorithms", "StarlingReturns"],
            path: "Tests/starling-own", packageAccess: false),
        // The same with a mistake.
        .executableTarget(
            name: "starling-faulty", dependencies: ["StarlingLaunch", "StarlingAlgorithms"], path: "Tests/starling-faulty",
            packageAccess: false),
        .executableTarget(
            name: "starling-light-actor", dependencies: ["StarlingLaunchActor", "StarlingLightEnvironments"],
            path: "Tests/starling-light-actor"),
        .target(
            name: "StarlingLightEnvironments", dependencies: ["StarlingEnvironments", "CStarlingSystemCalls"],
            path: "Tests/LightEnvironments"),
        .target(name: "StarlingProcessSupport", dependencies: ["CStarlingSystemCalls"], path: "Tests/ProcessSupport"),
        .target(name: "CStarlingSystemCalls", path: "Tests/SystemCalls"),
        // A link with a round trip, for benchmarks.
        .executableTarget(name: "starling-link", path: "Tests/starling-link"),
        tests("BridgeTests", ["StarlingBridge", "StarlingEnvironments", "StarlingExperience", "StarlingThreads", .logging]),
        tests("EnvironmentsTests", ["StarlingEnvironments", "StarlingSafetensors", "StarlingExperience"]),
        tests(
            "BenchTests",
            [
                "StarlingBench", "StarlingTraining", "StarlingLatentPolicy", "StarlingCompute", "StarlingTransport", "StarlingMessages",
                "StarlingExperience", "StarlingThreads", .logging,
            ]),
        tests("ThreadsTests", ["StarlingThreads"]),
        tests("ZeroMQTests", ["StarlingZeroMQ"]),
        tests("HTTPTests", ["StarlingHTTP", "StarlingProcessSupport", "StarlingThreads"]),
        tests(
            "WebTests",
            [
                "StarlingWeb", "StarlingHTTP", "StarlingProcessSupport", "StarlingMonitoring", "StarlingLearning", "StarlingTransport",
                "StarlingMetrics",
                "StarlingExperience", "StarlingThreads",
            ]),
        tests("KeysTests", ["StarlingKeys", "StarlingZeroMQ"]),
        tests("MessagesTests", ["StarlingMessages", "StarlingExperience"]),
        tests(
            "TransportTests",
            [
                "StarlingTransport", "StarlingMessages", "StarlingKeys", "StarlingZeroMQ", "StarlingExperience", "StarlingThreads",
                "StarlingProcessSupport", .logging,
            ]),
        tests(
            "FuzzTests",
            [
                "StarlingLearning", "StarlingAlgorithms", "StarlingTraining", "StarlingTransport", "StarlingMessages",
                "StarlingSafetensors", "StarlingConfiguration", "StarlingCompute",
                "StarlingExperience", "StarlingThreads", "CStarlingAllocationCounter",
            ]),
        tests("ExperienceTests", ["StarlingExperience"]),
        tests("MetricsTests", ["StarlingMetrics"]),
        tests("TrainingRunTests", ["StarlingTrainingRun", "StarlingEnvironments", "StarlingExperience", "StarlingSafetensors"]),
        tests("PlanningTests", ["StarlingPlanning", "StarlingSafetensors"]),
        tests(
            "ExportTests",
            [
                "StarlingExport", "StarlingAlgorithms", "StarlingLatentPolicy", "StarlingCompute", "StarlingExperience",
                "StarlingSafetensors", "CStarlingKernels",
            ]),
        tests("RecordingTests", ["StarlingRecording", "StarlingEnvironments"]),
        tests("ReplayTests", ["StarlingReplay", "StarlingExperience", "StarlingSafetensors"]),
        tests("ReturnsTests", ["StarlingReturns", "StarlingExperience"]),
        tests("ConfigurationTests", ["StarlingConfiguration"]),
        tests("SafetensorsTests", ["StarlingSafetensors"]),
        tests(
            "StorageTests",
            [
                "StarlingStorage", "StarlingSafetensors", "StarlingExperience", "StarlingThreads", "CStarlingKernels",
            ]),
        tests(
            "MonitoringTests",
            [
                "StarlingMonitoring", "StarlingAlgorithms", "StarlingTraining", "StarlingLatentPolicy", "StarlingCompute",
                "StarlingLearning",
                "StarlingMetrics", "StarlingStorage", "StarlingTransport", "StarlingExperience",
                "StarlingThreads",
            ]),
        .target(name: "CStarlingAllocationCounter", path: "Tests/AllocationCounter"),
        tests(
            "ComputeTests",
            [
                "StarlingCompute", "StarlingThreads", "StarlingSafetensors", "CStarlingKernels", "CStarlingAllocationCounter",
            ]),
    ]
)

for target in package.targets where ![.system, .plugin].contains(target.type) && !target.name.hasPrefix("C") {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
