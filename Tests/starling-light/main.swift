import StarlingLaunch
import StarlingLightEnvironments

HeapLog.startIfAsked()
Starling.main(environments: .light)
