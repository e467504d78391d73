# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails when a text of the windows is not in translations/, is not translated, or lost a placeholder
on its way into Russian."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

# Catalogues of windows that stand; one under construction is only looked through for placeholders.
FINISHED = ("vpn", "node", "widgets")
PLACEHOLDER = re.compile(r"%(?:L?\d{1,2}|n)")
# What a Russian text may have in Latin letters, formats of dates among them; without any Cyrillic it was
# forgotten.
UNTRANSLATABLE = re.compile(r"^(?:[^A-Za-z]*|(?:ddd, )?d MMMM?|TURN|DNS|Higgs(?:VPN|Node)[^a-z]*)$")


def messages(path):
    """(context, source, comment, [texts], finished) of each message."""
    for context in ET.parse(path).getroot().iter("context"):
        name = context.findtext("name")
        for message in context.iter("message"):
            translation = message.find("translation")
            forms = [form.text or "" for form in translation.iter("numerusform")]
            yield (name, message.findtext("source"), message.findtext("comment") or "",
                   forms or [translation.text or ""], translation.get("type") is None)


def key(message):
    return message[:3]


def text_faults(catalogue, message):
    context, source, _, texts, finished = message
    where = f"{catalogue}: {context}: {source!r}"
    if not finished or not all(texts):
        yield f"{where} is not translated"
        return
    for text in texts:
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(source)):
            yield f"{where}: placeholders differ in {text!r}"
        if catalogue.endswith("_ru") and not re.search("[а-яё]", text, re.IGNORECASE) and \
                not UNTRANSLATABLE.match(PLACEHOLDER.sub("", text)):
            yield f"{where}: {text!r} is not Russian"


def faults(source_root, build):
    committed = os.path.join(source_root, "translations")
    fresh = tempfile.mkdtemp(dir=build)
    for name in os.listdir(committed):
        if name.endswith(".ts"):
            shutil.copy(os.path.join(committed, name), fresh)
    subprocess.run([os.path.join(source_root, "scripts/update-translations"), fresh], check=True,
                   stderr=subprocess.DEVNULL)
    seen = 0
    for name in FINISHED:
        for language in ("ru", "en"):
            catalogue = f"{name}_{language}"
            kept = {key(each): each for each in messages(f"{committed}/{catalogue}.ts")}
            now = {key(each): each for each in messages(f"{fresh}/{catalogue}.ts")}
            for missing in now.keys() - kept.keys():
                yield f"{catalogue}: {missing[1]!r} is new: run scripts/update-translations"
            for gone in kept.keys() - now.keys():
                yield f"{catalogue}: {gone[1]!r} is used no more: run scripts/update-translations"
            for message in kept.values():
                seen += 1
                yield from text_faults(catalogue, message)
    shutil.rmtree(fresh)
    if seen < 200:
        yield f"only {seen} texts were found: lupdate does not see the sources"


def self_test():
    """The checks find what they are for."""
    good = ("C", "from %1 to %2", "", ["из %1 в %2"], True)
    assert not list(text_faults("vpn_ru", good))
    for texts, finished in ((["из %1"], True), (["from %1 to %2"], True), ([""], True),
                            (["из %1 в %2"], False)):
        assert list(text_faults("vpn_ru", ("C", "from %1 to %2", "", texts, finished))), texts


def main():
    self_test()
    root = os.environ.get("HIGGS_SOURCE", os.getcwd())
    if not os.path.exists("/usr/lib/qt6/bin/lupdate") and not shutil.which("lupdate6"):
        print("skipped: lupdate is not installed")
        return 77
    found = list(faults(root, os.environ.get("HIGGS_BUILD", "/tmp")))
    print(*found, sep="\n")
    print(f"{len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
