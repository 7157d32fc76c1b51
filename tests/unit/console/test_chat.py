"""Messages look as in WhatsApp, and never run."""

import pytest

from services.console.pages.chat import chat, plain

BLANK = 'target="_blank" rel="noopener noreferrer"'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("El curso *Instagram* sale _poco_, ~nada~", "El curso <b>Instagram</b> sale <i>poco</i>, <s>nada</s>"),
        ("2*3*4, snake_case_name, * suelto *", "2*3*4, snake_case_name, * suelto *"),
        ("*sin\nfin*", "*sin\nfin*"),
        ("mirá https://x.example/a_b_c?d=1&e=2.", f'mirá <a class="link" href="https://x.example/a_b_c?d=1&amp;e=2" {BLANK}>https://x.example/a_b_c?d=1&amp;e=2</a>.'),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)  # fmt: skip
def test_marks_and_links_are_told(text: str, told: str) -> None:
    assert chat(text) == told


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '*<img src=x onerror="alert(1)">*', 'https://x"onclick="a']
)
def test_markup_stays_text(evil: str) -> None:
    told = str(chat(evil))
    assert "<script" not in told
    assert "<img" not in told
    assert 'onclick="a' not in told


def test_in_one_line_the_marks_are_left_out() -> None:
    assert plain("Sobre «*marketing*», _hoy_: 2*3*4") == "Sobre «marketing», hoy: 2*3*4"
