"""GitHub and Heroku as strict stand-ins over real sockets; Meta is played by services/simulator."""
