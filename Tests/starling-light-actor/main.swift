import StarlingLaunchActor
import StarlingLightEnvironments

StarlingActor.main(environments: .light)
