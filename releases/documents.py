"""The pages that come with a release: every number in them is counted from its rows, nothing is claimed besides."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from releases.formats import flac, real_m
from releases.rows import BundleFacts, ReleaseContents, ReleasedRecording, ReleasedStem
from releases.rules import describe_licence

WITHDRAWALS_NAME = "withdrawals.jsonl"


def write_documents(*, contents: ReleaseContents, folder: Path) -> None:
    pages = {
        "README.md": readme(contents),
        "DATASHEET.md": datasheet(contents),
        "CHANGELOG.md": changelog(contents),
        "LICENSE": describe_licence(contents.licence),
        WITHDRAWALS_NAME: as_lines(contents.withdrawals),
    }
    for version, text in contents.consent_texts.items():
        pages[f"CONSENT_v{version}.txt"] = text.rstrip() + "\n"
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def as_lines(rows: Iterable[dict[str, str]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def readme(contents: ReleaseContents) -> str:
    return f"""# {contents.title}, release {contents.version}

{contents.introduction.strip()}

Mixtures of two people who speak at the same time, for research on speech separation: {kinds(contents)}.
No clean references come with them.

| what | where |
|---|---|
| recordings at their original rate | `{flac.AUDIO_FOLDER}/<session>/mixture_<i>_<session>.flac` |
| one row for each recording | `manifest.csv`, the same rows in `manifest.jsonl` |
| the layout of REAL-M v0.1.0: 8 kHz mixtures, transcriptions, separations | `{real_m.ROOT}/` |
| how it was collected, and its limits | `DATASHEET.md` |
| what changed since earlier releases | `CHANGELOG.md` |
| what the speakers agreed to | `CONSENT_v*.txt` |
| recordings that were taken back | `{WITHDRAWALS_NAME}` |
| checksums of every file | `SHA256SUMS`: run `sha256sum -c SHA256SUMS` |

## Before you use it
1. Check the files: `sha256sum -c SHA256SUMS`.
2. Speakers may withdraw at any time. Fetch the newest `/withdrawals.jsonl` of the site this release came from and
   drop every recording whose `recording_id` is listed there.
3. Do not try to identify speakers. The licence is in `LICENSE`.
{attributions(contents)}"""


def kinds(contents: ReleaseContents) -> str:
    constructed = sum(is_constructed(row) for row in contents.recordings)
    recorded = len(contents.recordings) - constructed
    return f"{recorded} recorded by two people in one room, {constructed} constructed from single recordings"


def attributions(contents: ReleaseContents) -> str:
    """Constructed takes stand on other people's work, which is named once here and in every row."""
    notes = sorted({row.facts["origin_note"].strip() for row in contents.recordings if is_constructed(row)})
    if not notes:
        return ""
    listed = "".join(f"- {note}\n" for note in notes)
    return (
        "\n## Constructed mixtures\nRows with `origin` = `constructed` were not recorded by two people in one room; "
        f"they were put together from single recordings:\n{listed}"
    )


def is_constructed(row: ReleasedRecording) -> bool:
    return bool(row.facts["origin"] == "constructed")


def datasheet(contents: ReleaseContents) -> str:
    contact = contents.contact_email or "not given"
    return f"""# Datasheet: {contents.title} {contents.version}

## What it is
{numbers(contents)}

## How it was collected
Rows with `origin` = `browser`: in a web browser, by two people in one room who read two different sentences at the
same time. The microphone signal was stored as the browser delivered it, without lossy coding; whether echo
cancellation, noise suppression and gain control were off is stated for each recording (`processing_verified_off`;
empty where it is not known). Rows with `origin` = `constructed` were put together from single recordings; their
`origin_note` says how. Every recording passed checks of length, silence and clipping, and `review_state` =
`accepted` is the decision of a reviewer. Quality flags are measurements, not reasons for exclusion.
Language of the sentences: {contents.language_name} ({contents.language}).

## What the people said
{counted("Genders of the speakers", contents, "speaker_genders")}
{counted("Native speakers of the language", contents, "native_speakers")}
{counted("Version of the consent text", contents, "consent_version")}
Sessions are pairs of people at one sitting, under a random code. The same people may stand behind two sessions. Rare
native languages can narrow down who somebody is: handle that column with care.

## Devices
{counted("Processing verified off", contents, "processing_verified_off")}
{counted("Device class", contents, "device_class")}
{counted("Browser", contents, "browser")}

## Estimated separation quality
{quality(contents)}

## Limits
- No references come with the mixtures, so no true SI-SNR can be computed; the estimates above come from a model.
- There are no training, validation and test parts. Sentences can occur in several sessions.
- The people are those who followed a link: the set represents no population.

## Licence and contact
{contents.licence}; contact: {contact}. Withdrawals: `{WITHDRAWALS_NAME}` and the same address on the site.
"""


def numbers(contents: ReleaseContents) -> str:
    rows = contents.recordings
    seconds = sum(row.duration_s for row in rows)
    durations_s = sorted(row.duration_s for row in rows)
    rates = ", ".join(
        f"{rate} Hz ({count})" for rate, count in sorted(Counter(r.sample_rate_hz for r in rows).items())
    )
    return (
        f"- {len(rows)} recordings in {len({row.session for row in rows})} sessions, "
        f"{seconds / 3600:.3f} hours ({seconds:.1f} s)\n"
        f"- {kinds(contents)}\n"
        f"- duration: {durations_s[0]:.2f} to {durations_s[-1]:.2f} s, mean {seconds / len(rows):.2f} s\n"
        f"- sample rates: {rates}\n"
        f"- distinct pairs of sentences: {len({(row.sentence_1, row.sentence_2) for row in rows})}\n"
        f"- recordings with at least one quality flag: {sum(bool(row.flags) for row in rows)}"
    )


def counted(label: str, contents: ReleaseContents, fact: str) -> str:
    values = Counter(flac.as_cell(row.facts[fact]) or "not known" for row in contents.recordings)
    return f"- {label}: " + ", ".join(f"{value} ({count})" for value, count in sorted(values.items()))


def quality(contents: ReleaseContents) -> str:
    """Mean and range of the blind estimates, with the models by digest and how many recordings have none."""
    separated = [row for row in contents.recordings if row.stems]
    missing = len(contents.recordings) - len(separated)
    lines = [f"- recordings without a separation, which therefore have no file in `separations`: {missing}"]
    if separated:
        separator = separated[0].separator
        lines.append(
            f"- separator: {separator.name} {separator.digest}, trained for {aims_at(separator)} voices"
        )
    stems = [stem for row in separated for stem in row.stems]
    values = [stem.si_snr_db for stem in stems if stem.si_snr_db is not None]
    if not values:
        return "\n".join([*lines, "- blind SI-SNR: not estimated"])
    estimator = next(row.estimator for row in separated if row.estimator.name)
    lines.append(
        f"- blind SI-SNR of {len(values)} stems: mean {sum(values) / len(values):.2f} dB, "
        f"{min(values):.2f} to {max(values):.2f} dB"
    )
    lines += abstentions(stems)
    lines.append(
        f"- estimator: {estimator.name} {estimator.digest}, trained with {aims_at(estimator)} references"
    )
    return "\n".join(lines)


def abstentions(stems: list[ReleasedStem]) -> list[str]:
    count = sum(stem.abstains for stem in stems)
    if not count:
        return []
    return [
        f"- stems unlike anything the estimator was calibrated on (`out_of_domain` above 1): {count}; "
        "on these it abstains, although they are in this mean"
    ]


def aims_at(bundle: BundleFacts) -> str:
    return bundle.target_convention or "unknown"


def changelog(contents: ReleaseContents) -> str:
    return f"# Changes of {contents.title}\n\n" + "\n\n".join(contents.changes) + "\n"
