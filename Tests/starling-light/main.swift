import StarlingLaunch
import StarlingLightEnvironments

Starling.main(environments: .light)
