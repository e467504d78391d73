<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Picker</name>
    <message numerus="yes">
        <source>%1 of %n home(s) free</source>
        <comment>homes of a country</comment>
        <translation>
            <numerusform>%1 of %n home free</numerusform>
            <numerusform>%1 of %n homes free</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>One of %n home(s) does not answer</source>
        <translation>
            <numerusform>One of %n home does not answer</numerusform>
            <numerusform>One of %n homes does not answer</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReceiptTexts</name>
    <message numerus="yes">
        <source>%n packet(s)</source>
        <translation>
            <numerusform>%n packet</numerusform>
            <numerusform>%n packets</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n packet(s) left outside the tunnel in %1</source>
        <comment>%1: how long</comment>
        <translation>
            <numerusform>%n packet left outside the tunnel in %1</numerusform>
            <numerusform>%n packets left outside the tunnel in %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Another program removed or changed the counters %n time(s): what left in these %1 is not known.</source>
        <comment>%1: how long</comment>
        <translation>
            <numerusform>Another program removed or changed the counters %n time: what left in these %1 is not known.</numerusform>
            <numerusform>Another program removed or changed the counters %n times: what left in these %1 is not known.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StatePage</name>
    <message numerus="yes">
        <source>Pause for %n minute(s)</source>
        <translation>
            <numerusform>Pause for %n minute</numerusform>
            <numerusform>Pause for %n minutes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StateView</name>
    <message numerus="yes">
        <source>%n program(s) outside</source>
        <translation>
            <numerusform>%n program outside</numerusform>
            <numerusform>%n programs outside</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n packet(s) outside</source>
        <translation>
            <numerusform>%n packet outside</numerusform>
            <numerusform>%n packets outside</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>higgs::vpn::FirstRun</name>
    <message numerus="yes">
        <source>%n country(ies) to choose from.</source>
        <translation>
            <numerusform>%n country to choose from.</numerusform>
            <numerusform>%n countries to choose from.</numerusform>
        </translation>
    </message>
</context>
</TS>
