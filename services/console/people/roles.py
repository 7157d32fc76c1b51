"""What a person may be."""

from enum import StrEnum


class Role(StrEnum):
    """In a client, each may do what those before may."""

    MEMBER = "member"
    ADMIN = "admin"
    OPERATOR = "operator"
    """Of all clients; not a membership."""

    def covers(self, least: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(least)
