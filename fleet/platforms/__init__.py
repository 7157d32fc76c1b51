"""Where bots run. Each platform gives steps for provisioning and the same few orders for the fleet."""
