"""`remanso dev`: the whole product on one machine, and nothing left of it afterwards."""
