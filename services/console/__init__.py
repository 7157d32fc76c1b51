"""The console's first room: it records what Meta reports about a client's numbers, accounts and templates."""
