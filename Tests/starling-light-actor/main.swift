import StarlingLaunchActor
import StarlingLightEnvironments

HeapLog.startIfAsked()
StarlingActor.main(environments: .light)
