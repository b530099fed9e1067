import StarlingLaunchActor

StarlingActor.main()
