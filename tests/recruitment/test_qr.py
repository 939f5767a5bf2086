"""QR codes of links: dark on white in any theme, drawn without styles the page's policy would block."""

from xml.etree import ElementTree

from recruitment.qr import MODULE_PX, QUIET_ZONE_MODULES, qr_svg

MODULES = 33  # version 4: a link of this length with error correction M
LINK = "https://realm.example/c/overlapped-english/"


def test_the_drawing_is_an_svg_without_inline_styles() -> None:
    drawn = ElementTree.fromstring(qr_svg(LINK))
    assert drawn.tag.endswith("svg")
    assert all("style" not in element.attrib for element in drawn.iter())
    assert [element.text for element in drawn.iter() if element.tag.endswith("title")] == ["QR code"]


def test_dark_modules_stand_on_white_with_a_quiet_zone() -> None:
    drawn = qr_svg(LINK)
    assert 'fill="#fff"' in drawn
    assert 'stroke="#000"' in drawn
    side = (MODULES + 2 * QUIET_ZONE_MODULES) * MODULE_PX
    assert f'width="{side}" height="{side}"' in drawn


def test_what_it_says_follows_the_link_and_never_the_markup() -> None:
    assert qr_svg(LINK) != qr_svg(LINK + "2")
    assert "<script" not in qr_svg('https://a.example/"><script>alert(1)</script>')
