<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
<context>
    <name>higgs::vpn::ConnectionSettings</name>
    <message>
        <source>At most three servers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” cannot be reached through the tunnel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” is not an IP address.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Protection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Always on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kill switch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As long as you want a tunnel, nothing leaves outside of it, also when it breaks. This cannot be switched off by mistake.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lockdown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block the Internet even while you are disconnected, and when the computer starts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reach printers and other devices with private addresses while connected. Others in this network can reach you then, too.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names of websites (DNS)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Questions always go through the tunnel, whoever answers them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The exit you connect to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Servers of my own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Servers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up to three addresses, with commas between.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As soon as the service starts, without this window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Relayed by the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Direct</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Through TURN</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter in another country first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two homes instead of one: the first sees you but not what you do, the second the other way round. Slower.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Path to the exit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic takes the fastest that works.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic takes the fastest that works. The service that runs does not offer the grey ones.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>higgs::vpn::DiagnosticsPage</name>
    <message>
        <source>Checking…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service has written nothing yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done: the network is as it was before. Nothing is protected now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What a connection needs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the service did</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys are never written down; addresses and names are shortened here and in the report.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>If nothing else helps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Really? The tunnel and the kill switch go away, lockdown is switched off, and your traffic takes the normal line.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the tunnel and the kill switch away and put the network back as it was. Your traffic is not protected then.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yes, restore</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Restore the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No, keep it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>higgs::vpn::FaultPage</name>
    <message>
        <source>What to do</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking for the service</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The window asks the HiggsVPN service how things stand.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service stopped answering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service is not running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>HiggsVPN&apos;s service builds the tunnel. Without it this window can show nothing and change nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This starts it again; the window comes back by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You may not control HiggsVPN</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On this computer only members of the group “higgs” may, and you are not one of them yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This makes you a member. It takes effect when you log in the next time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service does not fit this window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service that runs is of another version and does not understand it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service that runs is version %1, the window is version %2.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After an update this is enough. If not, install the same version of both.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The kill switch stays where it is: nothing leaves this computer outside the tunnel until the service is back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your traffic is not protected: it takes your normal line.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>If a tunnel was in use before, the kill switch still holds and nothing leaves outside of it. Otherwise your traffic takes your normal line.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This window cannot see what happens to your traffic. What the service was told before goes on.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>higgs::vpn::FirstRun</name>
    <message>
        <source>This link is not an invitation that this version understands. Ask for another one, or type the server&apos;s address.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This invitation is damaged or not complete. Copy the whole link again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not a server&apos;s address. It looks like vpn.example.net or 203.0.113.5:3000.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A fingerprint has 64 digits from 0 to 9 and A to F.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server cannot be changed now: %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server answers, but with a certificate that is not the expected one. Ask its operator for the fingerprint or a fresh invitation, and do not go on without.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server does not answer. Check the address and your connection, or go on and connect later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter the key, or go on without one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step %1 of 3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An invitation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Access key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on without</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A HiggsVPN server finds homes to leave the Internet from. Enter the address that its operator gave you, or paste an invitation link.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address or invitation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fingerprint of its certificate (optional)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only for servers without a publicly known certificate.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking the server…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Somebody invites you to use this server. It decides which homes your traffic leaves from: accept only if you expected it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No fingerprint: its certificate must be a publicly known one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fingerprint of its certificate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It takes the place of your present server, %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use this server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>If the operator gave you an access key, enter it here. Many servers need none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is kept in this desktop&apos;s keychain.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This desktop has no keychain: the key is kept until this window or the service ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I have none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server did not tell yet where you can leave from.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody shares a connection at the moment. Try again later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Countries to leave from: %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From when you press Connect until you press Disconnect, nothing leaves this computer outside the tunnel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look around first</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>higgs::vpn::ServerSettings</name>
    <message>
        <source>Server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No server is set up yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fingerprint of its certificate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only a server with this certificate is spoken to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In use, and kept in this desktop&apos;s keychain.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In use until the service or this window ends: this desktop has no keychain to keep it in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Access key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None. Only some servers ask for one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New access key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the server&apos;s operator gave it to you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget the key</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>higgs::vpn::SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>HiggsVPN %1, service %2. Free software under the GNU General Public License, version 3 or later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unknown</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>higgs::vpn::WindowSettings</name>
    <message>
        <source>This could not be kept: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start when you log in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the tray, without opening the window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When the tunnel stands, breaks or is blocked while this window is not in view.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>higgs::vpn::checkText</name>
    <message>
        <source>The service runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service does not run as it should</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service may build a tunnel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service lacks the right to build a tunnel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server does not answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The tunnel is as you want it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The tunnel does not stand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The kill switch is as it should be</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The kill switch is not as it should be</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names of websites are found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names of websites are not found</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>higgs::vpn::refusalText</name>
    <message>
        <source>The service does not answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service does not allow this at the moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service does not accept this.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The service lacks a right on this computer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This could not be done.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
