<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
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
</context>
</TS>
