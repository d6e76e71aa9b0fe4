"""Sources that try to act in the page, in a real browser."""

from __future__ import annotations

from reader import Reader
from story_fixture import story
from test_report_hostile import hostile


def test_nothing_from_a_source_acts_in_the_page(reader: Reader) -> None:
    reader.open(hostile(story()))
    reader.run("for (const one of document.querySelectorAll('details')) one.open = true")
    links = reader.run("return document.querySelectorAll('a.ref').length")
    assert links > 20
    # Everything that scripts of ours put together anew: surroundings, search, filters.
    reader.run("for (const one of document.querySelectorAll('a.ref')) one.click()")
    reader.press("/")
    reader.press("<img src=x")
    reader.wait(lambda: reader.shown("#ui-status"))
    reader.run("for (const one of document.querySelectorAll('[title]')) one.dispatchEvent(new Event('mouseover'))")
    assert reader.run("return window.pwned === undefined")
    assert reader.complaints() == []  # not even an attempt that the policy had to stop
    assert reader.requests() == [reader.address]
    assert reader.run("return document.scripts.length") == 2
    assert reader.run("return document.querySelectorAll('img, iframe, object, embed, base, link, [style]').length") == 0
    assert reader.run("return document.querySelectorAll('.context').length") > 20


def test_the_policy_stops_what_would_slip_through(reader: Reader) -> None:
    """The second line of defence works by itself: markup put in by hand does nothing."""
    reader.open(story())
    reader.run(
        """
        window.stopped = new Set();
        document.addEventListener('securitypolicyviolation', (event) => stopped.add(event.effectiveDirective));
        const box = document.body.appendChild(document.createElement('div'));
        box.innerHTML = '<img src="https://evil.example/x.png" onerror="window.pwned=1"><b style="color: red">x</b>';
        const script = document.createElement('script');
        script.textContent = 'window.pwned = 1';
        box.append(script);
        """
    )
    every = ["img-src", "script-src-attr", "script-src-elem", "style-src-attr"]
    reader.wait(lambda: reader.run("return [...stopped].sort()") == every)
    assert reader.run("return window.pwned === undefined")


def test_bidi_controls_do_not_turn_round_what_is_beside_them(reader: Reader) -> None:
    reader.open(hostile(story()))
    order = reader.run(
        """
        const meta = document.querySelector('.row .meta');
        const range = new Range();
        const node = [...meta.childNodes].find((one) => one.nodeType === 3 && one.data.includes('said by'));
        const at = node.data.indexOf('said by');
        return [0, 5].map((offset) => {
          range.setStart(node, at + offset);
          range.setEnd(node, at + offset + 1);
          return range.getBoundingClientRect().left;
        });
        """
    )
    assert order[0] < order[1]
