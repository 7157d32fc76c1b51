"""What every service process is made of: settings, logs, metrics, an ops port, a life from start to stop."""
