package import StarlingTransport

extension FlowLimit: RunWarning {
    package var name: String { "flow_limit" }
    package var message: String { sentence }
    /// For less long it is a start, a checkpoint, an actor that comes or goes.
    package var patience: Int { 30 }
}
