"""The console: for now it records what Meta reports about a client's numbers, accounts and templates."""
