"""Ports for servers that will listen a moment later."""

import socket

from fleet.local.ports import LOOPBACK, QUIET, free_ports, usual_or_free


def test_free_ports_differ_and_no_outgoing_connection_is_ever_given_them() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(port in QUIET for port in ports)


def test_the_usual_port_goes_to_one_stack_at_a_time() -> None:
    [usual] = free_ports(1)
    with usual_or_free(usual) as first, usual_or_free(usual) as second:
        assert first == usual
        assert second != usual
    with usual_or_free(usual) as third:
        assert third == usual


def test_a_port_on_which_somebody_listens_is_left_to_them() -> None:
    with socket.socket() as listening:
        listening.bind((LOOPBACK, 0))
        listening.listen()
        with usual_or_free(listening.getsockname()[1]) as chosen:
            assert chosen != listening.getsockname()[1]
