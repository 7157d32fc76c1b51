"""The `remanso` command, for whoever runs Remanso: a whole local stack, migrations, the events' document."""
