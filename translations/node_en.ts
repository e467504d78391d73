<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>HomeCertificate</name>
    <message numerus="yes">
        <source>Tested on %1. %n way(s) in were tried, and none is open:</source>
        <comment>%1: a day and a time</comment>
        <translation>
            <numerusform>Tested on %1. %n way in was tried, and it is not open:</numerusform>
            <numerusform>Tested on %1. %n ways in were tried, and none is open:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n tries, none got in</source>
        <translation>
            <numerusform>%n try, did not get in</numerusform>
            <numerusform>%n tries, none got in</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>NodeFigures</name>
    <message numerus="yes">
        <source>%n minutes ago</source>
        <translation>
            <numerusform>%n minute ago</numerusform>
            <numerusform>%n minutes ago</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>NodeWords</name>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n guest</numerusform>
            <numerusform>%n guests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Sharing with %n guests</source>
        <translation>
            <numerusform>Sharing with %n guest</numerusform>
            <numerusform>Sharing with %n guests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n h a week</source>
        <comment>hours in which is shared</comment>
        <translation>
            <numerusform>%n h a week</numerusform>
            <numerusform>%n h a week</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n guests at once</source>
        <comment>the owner&apos;s limit</comment>
        <translation>
            <numerusform>%n guest at once</numerusform>
            <numerusform>%n guests at once</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ProviderLetter</name>
    <message numerus="yes">
        <source>%n guests came in this hour.</source>
        <translation>
            <numerusform>%n guest came in this hour.</numerusform>
            <numerusform>%n guests came in this hour.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>higgs::node::HistoryPage</name>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n guest</numerusform>
            <numerusform>%n guests</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Traffic of the last %n hours</source>
        <translation>
            <numerusform>Traffic of the last %n hour</numerusform>
            <numerusform>Traffic of the last %n hours</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Traffic of the last %n days</source>
        <translation>
            <numerusform>Traffic of the last %n day</numerusform>
            <numerusform>Traffic of the last %n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>higgs::node::HomePage</name>
    <message numerus="yes">
        <source>%n here now</source>
        <comment>guests</comment>
        <translation>
            <numerusform>%n here now</numerusform>
            <numerusform>%n here now</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n guest</numerusform>
            <numerusform>%n guests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>higgs::node::LimitsPage</name>
    <message numerus="yes">
        <source>%n of 168 hours</source>
        <translation>
            <numerusform>%n of 168 hours</numerusform>
            <numerusform>%n of 168 hours</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>higgs::node::SafetyPage</name>
    <message numerus="yes">
        <source>Tested %1. %n way(s) in were tried, and none is open.</source>
        <comment>%1: today at 14:30</comment>
        <translation>
            <numerusform>Tested %1. %n way in was tried, and it is closed.</numerusform>
            <numerusform>Tested %1. %n ways in were tried, and none is open.</numerusform>
        </translation>
    </message>
</context>
</TS>
