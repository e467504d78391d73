<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
<context>
    <name>NodeFigures</name>
    <message>
        <source>d MMMM</source>
        <comment>a day without its year, as in QLocale&apos;s formats</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tomorrow at %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 at %2</source>
        <comment>a weekday and a time: Monday at 18:00</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>just now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a minute ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n minutes ago</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>today at %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>yesterday at %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 at %2</source>
        <comment>a date and a time: 1 November at 18:00</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 Mbit/s</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NodeWords</name>
    <message>
        <source>1 guest</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Not sharing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See what sharing means and choose your limits first. Nothing is shared until you agree.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No server is set, and without one no guest finds you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody uses your connection.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody can reach you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sharing is on, but guests do not get through to this computer. It is tried again and again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The line to the server %1 is down. It is tried again and again; check your own Internet connection meanwhile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find out why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready for guests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody is here at the moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sharing with one guest</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Sharing with %n guests</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>They leave through your connection.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They leave from %1 through your connection.</source>
        <comment>%1: a country</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You need the line yourself, so guests are held back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your home network stays out of reach.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody uses your connection. Sharing goes on by itself: %1.</source>
        <comment>%1: a moment, as in tomorrow at 06:00</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outside your hours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your schedule shares again: %1.</source>
        <comment>%1: a moment, as in Monday at 18:00</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your schedule has no hour in which to share.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change the schedule</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Monthly volume used up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Guests have used %1, as much as you allow in a month.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A new month begins: %1.</source>
        <comment>%1: a moment, as in 1 December</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change the limit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Full: %1</source>
        <comment>%1: 3 guests</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As many as you allow are here. When one leaves, another can come.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No new guests for now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server&apos;s operator is at work on something. Guests who are here stay.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On battery</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is shared, as you wished. Sharing goes on by itself when the computer is plugged in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On a metered connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is shared, as you wished. Sharing goes on by itself on a connection that is not paid by volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sharing is limited</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service gives a reason that this window does not know.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sharing goes on by itself: %1.</source>
        <comment>%1: a moment</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Getting ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The safety test attacks your home network the way a bad guest would.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First the safety test, then the server is told that you share.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking for the service</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service does not answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You may not control HiggsNode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service does not fit this window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2 today</source>
        <comment>%1: 3 guests; %2: 1.2 GB</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no guests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not tested yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Testing ...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Passed %1</source>
        <comment>the safety test; %1: today at 14:30</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Passed</source>
        <comment>the safety test</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Failed</source>
        <comment>the safety test</comment>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n h a week</source>
        <comment>hours in which is shared</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>%1 / %2 Mbit/s</source>
        <comment>limits: to guests / from guests</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 a month</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProblemWords</name>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server does not answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 cannot be reached. It is tried again and again; check your own Internet connection meanwhile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not the server you trust</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 shows a certificate that does not fit, so nothing was told to it. Ask its operator before you change anything.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The access key is not accepted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server wants an access key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its operator gives you one. Nothing is shared until then.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter the access key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server knows another computer by this name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It happens when the data of a node is copied or lost. The server&apos;s operator can remove the old one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting to be let in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server&apos;s operator approves new homes by hand. Sharing begins by itself after that.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server refuses this home</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is shared. The reason it gives stands below.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No server is set</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A server introduces guests to you. Its operator gives you an address or an invitation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service lacks a right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It may not build tunnels on this computer, so nothing is shared. Installing it again puts that right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find out why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The tunnel could not be built</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is shared. The service has put back what it had begun.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The protection of your home could not be put in force</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So nothing is shared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not safe to share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The safety test got through to something that guests must never reach, so nothing is shared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See what was reached</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something is wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service does not say what, and nothing is shared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service calls it “%1”, which this window does not know.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
