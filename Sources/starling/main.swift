import StarlingLaunch

Starling.main()
