"""The collector: takes what many apps tell of themselves, for the operators' panel. It needs PostgreSQL alone."""
