<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
<context>
    <name>Format</name>
    <message>
        <source>%1 B</source>
        <translation>%1&#xa0;Б</translation>
    </message>
    <message>
        <source>%1 kB</source>
        <translation>%1&#xa0;кБ</translation>
    </message>
    <message>
        <source>%1 MB</source>
        <translation>%1&#xa0;МБ</translation>
    </message>
    <message>
        <source>%1 GB</source>
        <translation>%1&#xa0;ГБ</translation>
    </message>
    <message>
        <source>%1 TB</source>
        <translation>%1&#xa0;ТБ</translation>
    </message>
    <message>
        <source>%1/s</source>
        <comment>a rate; %1 is an amount of data, as in 12.4 MB/s</comment>
        <translation>%1/с</translation>
    </message>
    <message>
        <source>%1 d %2</source>
        <comment>days and a clock, as in 2 d 3:04:05</comment>
        <translation>%1&#xa0;д %2</translation>
    </message>
    <message>
        <source>less than a minute</source>
        <translation>меньше минуты</translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n минута</numerusform>
            <numerusform>%n минуты</numerusform>
            <numerusform>%n минут</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1&#xa0;ч %2&#xa0;мин</translation>
    </message>
    <message>
        <source>%1 d %2 h</source>
        <translation>%1&#xa0;д %2&#xa0;ч</translation>
    </message>
    <message>
        <source>%1 s</source>
        <comment>seconds</comment>
        <translation>%1&#xa0;с</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <comment>milliseconds</comment>
        <translation>%1&#xa0;мс</translation>
    </message>
    <message>
        <source>%1%</source>
        <comment>percent; %1 is a number</comment>
        <translation>%1&#xa0;%</translation>
    </message>
</context>
<context>
    <name>InvitationTexts</name>
    <message>
        <source>It is the server that you use already, with the same certificate.</source>
        <translation>Это сервер, которым вы уже пользуетесь, с тем же сертификатом.</translation>
    </message>
    <message>
        <source>Beware: this is the address of the server that you use, with another certificate. Somebody in between would have you do just that. Accept it only if the operator told you so.</source>
        <translation>Осторожно: это адрес вашего нынешнего сервера, но с другим сертификатом. Именно этого добивался бы тот, кто встал между вами. Принимайте, только если так сказал сам оператор.</translation>
    </message>
    <message>
        <source>The check words now: %1</source>
        <translation>Проверочные слова сейчас: %1</translation>
    </message>
    <message>
        <source>Trust the other certificate</source>
        <translation>Доверять другому сертификату</translation>
    </message>
    <message>
        <source>Another invitation came, and was not opened. Finish this one first, then open the other link again.</source>
        <translation>Пришло ещё одно приглашение, оно не открыто. Закончите с этим, потом откройте ту ссылку снова.</translation>
    </message>
</context>
<context>
    <name>PathAdvice</name>
    <message>
        <source>The network here lets no UDP through.</source>
        <translation>Здешняя сеть не пропускает UDP.</translation>
    </message>
    <message>
        <source>The exit&apos;s network lets no UDP through.</source>
        <translation>Сеть выходного узла не пропускает UDP.</translation>
    </message>
    <message>
        <source>Somewhere between here and the exit only small UDP packets get through, and those of a tunnel are larger.</source>
        <translation>Где-то между этой сетью и выходным узлом проходят только небольшие пакеты UDP, а пакеты туннеля крупнее.</translation>
    </message>
    <message>
        <source>Both routers, the one here and the one of the exit&apos;s home, choose a new port for every destination, and the home&apos;s has none open for guests.</source>
        <translation>Оба роутера, здешний и домашний у узла, выбирают для каждого адресата новый порт, и открытого порта для гостей у домашнего нет.</translation>
    </message>
    <message>
        <source>The router here chooses a new port for every destination, and the one of the exit&apos;s home lets in only answers.</source>
        <translation>Здешний роутер выбирает для каждого адресата новый порт, а домашний у узла впускает только ответы.</translation>
    </message>
    <message>
        <source>The router of the exit&apos;s home chooses a new port for every destination, and the one here lets in only answers.</source>
        <translation>Домашний роутер узла выбирает для каждого адресата новый порт, а здешний впускает только ответы.</translation>
    </message>
    <message>
        <source>The router here chooses a new port for every destination, and no direct way was found.</source>
        <translation>Здешний роутер выбирает для каждого адресата новый порт, и прямой путь не нашёлся.</translation>
    </message>
    <message>
        <source>The router of the exit&apos;s home chooses a new port for every destination, and no direct way was found.</source>
        <translation>Домашний роутер узла выбирает для каждого адресата новый порт, и прямой путь не нашёлся.</translation>
    </message>
    <message>
        <source>The exit has named no address at which it could be reached directly.</source>
        <translation>Узел не назвал адреса, по которому его можно достичь напрямую.</translation>
    </message>
    <message>
        <source>Both routers should let a direct way through, and none was found: something in between may stop it.</source>
        <translation>Оба роутера должны пропускать прямой путь, но он не нашёлся: возможно, что-то мешает между ними.</translation>
    </message>
    <message>
        <source>No direct way was found, and what kind of routers are in between is not known.</source>
        <translation>Прямой путь не нашёлся, а какие роутеры стоят между вами и узлом, неизвестно.</translation>
    </message>
    <message>
        <source>You chose this kind of path, so no other one is tried.</source>
        <translation>Такой путь выбрали вы, поэтому другие не пробуются.</translation>
    </message>
    <message>
        <source>Let UDP through the firewall of this network or computer, or use another network.</source>
        <translation>Разрешите UDP в межсетевом экране этой сети или этого компьютера либо подключитесь к другой сети.</translation>
    </message>
    <message>
        <source>Another network, or another exit, may allow a direct way.</source>
        <translation>Прямой путь может найтись в другой сети или к другому узлу.</translation>
    </message>
    <message>
        <source>Another exit may allow a direct way.</source>
        <translation>Прямой путь может найтись к другому узлу.</translation>
    </message>
    <message>
        <source>Allow any path, in the settings or where you asked for this one, and the shortest is taken.</source>
        <translation>Разрешите любой путь (в настройках или там, где вы выбрали этот), и будет взят самый короткий.</translation>
    </message>
    <message>
        <source>The exit&apos;s owner can let UDP through the firewall there.</source>
        <translation>Владелец узла может разрешить UDP в межсетевом экране своей сети.</translation>
    </message>
    <message>
        <source>The exit&apos;s owner can turn on UPnP, NAT-PMP or PCP at the home&apos;s router, or forward a UDP port there.</source>
        <translation>Владелец узла может включить на своём роутере UPnP, NAT-PMP или PCP либо перенаправить там порт UDP.</translation>
    </message>
    <message>
        <source>The exit&apos;s owner can allow HiggsNode to open a port at the home&apos;s router.</source>
        <translation>Владелец узла может разрешить HiggsNode открыть порт на своём роутере.</translation>
    </message>
    <message>
        <source>The server&apos;s operator can offer a TURN server, which is a faster way than the relay.</source>
        <translation>Оператор сервера может подключить сервер TURN: через него быстрее, чем через ретранслятор.</translation>
    </message>
    <message>
        <source>The server&apos;s operator can mend the TURN server, which refuses or does not answer. It is a faster way than the relay.</source>
        <translation>Оператор сервера может исправить сервер TURN: тот отказывает или не отвечает. Через него быстрее, чем через ретранслятор.</translation>
    </message>
    <message>
        <source>Guests behind any router that lets UDP out reach this home directly.</source>
        <translation>Гости за любым роутером, который выпускает UDP, приходят прямо сюда.</translation>
    </message>
    <message>
        <source>Most guests reach this home directly. Those whose router chooses a new port for every destination cannot, as yours lets in only answers.</source>
        <translation>Большинство гостей приходит прямо сюда. Те, чей роутер выбирает для каждого адресата новый порт, так не могут: ваш впускает только ответы.</translation>
    </message>
    <message>
        <source>Your router chooses a new port for every destination, so only guests behind an open one reach this home directly.</source>
        <translation>Ваш роутер выбирает для каждого адресата новый порт, поэтому прямо сюда приходят только гости за открытыми роутерами.</translation>
    </message>
    <message>
        <source>Your network lets no UDP through, so this home can be no exit: the names that guests ask for would get no answer.</source>
        <translation>Ваша сеть не пропускает UDP, поэтому этот дом не может быть выходом: на имена, о которых спрашивают гости, никто не ответит.</translation>
    </message>
    <message>
        <source>What kind of router this home has is not known yet.</source>
        <translation>Какой в этом доме роутер, пока неизвестно.</translation>
    </message>
    <message>
        <source>Turn on UPnP, NAT-PMP or PCP at your router, or forward UDP port %1 to this computer.</source>
        <translation>Включите на роутере UPnP, NAT-PMP или PCP либо перенаправьте порт UDP %1 на этот компьютер.</translation>
    </message>
    <message>
        <source>Turn on UPnP, NAT-PMP or PCP at your router. Or give HiggsNode a UDP port of its own, and forward that to this computer.</source>
        <translation>Включите на роутере UPnP, NAT-PMP или PCP. Или дайте HiggsNode постоянный порт UDP и перенаправьте его на этот компьютер.</translation>
    </message>
    <message>
        <source>Allow HiggsNode to open a port at your router.</source>
        <translation>Разрешите HiggsNode открывать порт на вашем роутере.</translation>
    </message>
    <message>
        <source>Your router is behind your provider&apos;s: ask the provider for a public address, or for IPv6.</source>
        <translation>Ваш роутер стоит за роутером провайдера: попросите у провайдера публичный адрес или IPv6.</translation>
    </message>
    <message>
        <source>Let UDP out through the firewall of your network.</source>
        <translation>Разрешите UDP наружу в межсетевом экране вашей сети.</translation>
    </message>
    <message>
        <source>Through the server&apos;s relay.</source>
        <translation>Через ретранслятор сервера.</translation>
    </message>
    <message>
        <source>Through a TURN server.</source>
        <translation>Через сервер TURN.</translation>
    </message>
    <message>
        <source>A firewall on this computer lets no UDP out.</source>
        <translation>Межсетевой экран на этом компьютере не выпускает UDP.</translation>
    </message>
    <message>
        <source>Let UDP out through the firewall of this computer.</source>
        <translation>Разрешите исходящий UDP в межсетевом экране этого компьютера.</translation>
    </message>
    <message>
        <source>A firewall on this computer lets no UDP out, so this home can be no exit: the names that guests ask for would get no answer.</source>
        <translation>Межсетевой экран на этом компьютере не выпускает UDP, поэтому этот дом не может быть выходом: имена, которые запрашивают гости, остались бы без ответа.</translation>
    </message>
    <message>
        <source>Another program on this computer has UDP port %1, so HiggsNode uses another one, which changes. End that program, or give HiggsNode another port.</source>
        <translation>UDP-порт %1 на этом компьютере занят другой программой, поэтому HiggsNode использует другой порт, который меняется. Завершите ту программу или задайте HiggsNode другой порт.</translation>
    </message>
    <message>
        <source>Let UDP of HiggsNode out through the firewall of this computer.</source>
        <translation>Разрешите HiggsNode исходящий UDP в межсетевом экране этого компьютера.</translation>
    </message>
</context>
<context>
    <name>PathReason</name>
    <message>
        <source>Straight to the exit, the shortest way.</source>
        <translation>Прямо к узлу, самым коротким путём.</translation>
    </message>
    <message>
        <source>Straight to the exit, inside the local network that both are in.</source>
        <translation>Прямо к узлу, внутри общей локальной сети.</translation>
    </message>
    <message>
        <source>Straight to the exit, through a port that the router at one end opened.</source>
        <translation>Прямо к узлу, через порт, который открыл роутер на одной из сторон.</translation>
    </message>
    <message>
        <source>Through the server&apos;s relay, while a shorter way is looked for.</source>
        <translation>Через ретранслятор сервера, пока ищется путь короче.</translation>
    </message>
    <message>
        <source>Through the server&apos;s relay, because both routers give every connection another port, so no direct way can be opened.</source>
        <translation>Через ретранслятор сервера: оба роутера дают каждому соединению новый порт, и прямой путь открыть нельзя.</translation>
    </message>
    <message>
        <source>Through the server&apos;s relay, because one router gives every connection another port and the other lets in only answers, so no direct way can be opened.</source>
        <translation>Через ретранслятор сервера: один роутер даёт каждому соединению новый порт, другой впускает только ответы, и прямой путь открыть нельзя.</translation>
    </message>
    <message>
        <source>Through a TURN server, because no direct way could be opened. It carries sealed packets and cannot read them.</source>
        <translation>Через сервер TURN, потому что прямой путь открыть не удалось. Он передаёт зашифрованные пакеты и прочесть их не может.</translation>
    </message>
    <message>
        <source>As you chose: no other kind of path is tried.</source>
        <translation>Так выбрали вы: другие пути не пробуются.</translation>
    </message>
    <message>
        <source>Through the server&apos;s relay, because the exit knows no other way.</source>
        <translation>Через ретранслятор сервера: выходной узел не знает других путей.</translation>
    </message>
    <message>
        <source>Through the server&apos;s relay, the path that always works. It carries sealed packets and cannot read them.</source>
        <translation>Через ретранслятор сервера: этот путь работает всегда. Он передаёт зашифрованные пакеты и прочесть их не может.</translation>
    </message>
    <message>
        <source>Through an entry node to the exit: the entry sees no content, the exit does not see your address.</source>
        <translation>Через входной узел к выходному: входной не видит содержимого, выходной не видит вашего адреса.</translation>
    </message>
    <message>
        <source>Through the server&apos;s relay, because no UDP gets through, or only small packets of it.</source>
        <translation>Через ретранслятор сервера: UDP не проходит, или проходят только маленькие пакеты.</translation>
    </message>
</context>
<context>
    <name>SaveDialog</name>
    <message>
        <source>Saved.</source>
        <translation>Сохранено.</translation>
    </message>
    <message>
        <source>Not saved: %1</source>
        <translation>Не сохранено: %1</translation>
    </message>
</context>
<context>
    <name>WhoSeesWhat</name>
    <message>
        <source>Your provider and your network</source>
        <translation>Ваш провайдер и ваша сеть</translation>
    </message>
    <message>
        <source>They see that you speak to the server, and on a straight path to which home, when and how much. Not where you go.</source>
        <translation>Видят, что вы обращаетесь к серверу, а на прямом пути — и к какому дому, когда и сколько. Куда вы ходите — нет.</translation>
    </message>
    <message>
        <source>The server</source>
        <translation>Сервер</translation>
    </message>
    <message>
        <source>It, and the TURN relay that it may name, see your address, when you are connected, to which home, and how much. Not where you go: what they pass on is sealed.</source>
        <translation>Сервер и ретранслятор TURN, если он его назовёт, видят ваш адрес, когда вы подключены, к какому дому и сколько. Куда вы ходите — нет: они передают запечатанное.</translation>
    </message>
    <message>
        <source>The home you leave from</source>
        <translation>Дом, через который вы выходите</translation>
    </message>
    <message>
        <source>A stranger&apos;s computer. It can see which sites you visit, when and how much, and read what is not encrypted. Names are looked up from there, by the exit&apos;s resolver or by servers that you choose. It is told your address, too, so that you can meet straight; not where you choose the relay or TURN alone, or an entry node. The pages of sites with https stay closed to it, and it is not told who you are.</source>
        <translation>Чужой компьютер. Может видеть, на какие сайты вы ходите, когда и сколько, и читать незашифрованное. Имена сайтов спрашивают оттуда — у резолвера узла или у серверов, которые выбрали вы. Ему сообщают и ваш адрес, чтобы найти прямой путь, — но не тогда, когда вы выбрали только ретранслятор, только TURN или входной узел. Страницы сайтов с https ему не прочитать, и кто вы, ему не говорят.</translation>
    </message>
    <message>
        <source>The site</source>
        <translation>Сайт</translation>
    </message>
    <message>
        <source>It sees the home&apos;s address instead of yours, and what you tell it: where you sign in, you are known.</source>
        <translation>Видит адрес дома вместо вашего и то, что вы сами сообщаете: где вы вошли, там вас знают.</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Вы</translation>
    </message>
    <message>
        <source>You could see which sites guests visit, as their provider could. HiggsNode writes none of it down, and you are not told who they are. Guests&apos; own addresses reach this computer, so that a straight path can be found. Whoever watches guests answers for that, and the law may forbid it.</source>
        <translation>Вы могли бы видеть, на какие сайты ходят гости, как их провайдер. HiggsNode ничего не записывает, и кто они, вам не говорят. Этому компьютеру сообщают и адреса самих гостей, чтобы найти прямой путь. Кто следит за гостями, сам за это отвечает, и закон может это запрещать.</translation>
    </message>
    <message>
        <source>It sees your address and country, when you share, which guest comes and how much. Not where guests go.</source>
        <translation>Видит ваш адрес и страну, когда вы раздаёте, какой гость приходит и сколько. Куда ходят гости — нет.</translation>
    </message>
    <message>
        <source>It sees your address instead of the guest&apos;s. Whatever a guest does there looks as if it came from your home.</source>
        <translation>Видит ваш адрес вместо адреса гостя. Всё, что гость там делает, выглядит как сделанное из вашего дома.</translation>
    </message>
    <message>
        <source>Your provider</source>
        <translation>Ваш провайдер</translation>
    </message>
    <message>
        <source>It sees guests&apos; traffic as if it were yours, and the names that are looked up from here for them.</source>
        <translation>Видит трафик гостей как ваш, и имена сайтов, которые для них спрашивают отсюда.</translation>
    </message>
    <message>
        <source>What the law may ask of you</source>
        <translation>Что может спросить закон</translation>
    </message>
    <message>
        <source>Your address stands for what guests do: a complaint or a question of the police comes to you first. Your provider&apos;s terms may forbid sharing, and in some countries who shares a line answers for it. Ask somebody who knows the law where you live.</source>
        <translation>За действия гостей отвечает ваш адрес: с жалобой или вопросом полиции придут сначала к вам. Договор с провайдером может запрещать раздачу, а в некоторых странах тот, кто делится подключением, за него отвечает. Спросите того, кто знает законы вашей страны.</translation>
    </message>
    <message>
        <source>This is so with a server whose operator you trust: it introduces you and the home to each other.</source>
        <translation>Так — если вы доверяете тому, кто держит сервер: он знакомит вас с домом.</translation>
    </message>
    <message>
        <source>This is so with a server whose operator you trust: it introduces guests and your home to each other.</source>
        <translation>Так — если вы доверяете тому, кто держит сервер: он знакомит гостей с вашим домом.</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::CopyBox</name>
    <message>
        <source>Copied</source>
        <translation>Скопировано</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Копировать</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::CopyField</name>
    <message>
        <source>Copied: %1</source>
        <translation>Скопировано: %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>what it is, and its value</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Copies it</source>
        <translation>Копирует</translation>
    </message>
    <message>
        <source>%1 (click to copy)</source>
        <comment>%1: a value, an address</comment>
        <translation>%1 (нажмите, чтобы скопировать)</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Скопировано</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::DiagnosticsPanel</name>
    <message>
        <source>Checking…</source>
        <translation>Проверка…</translation>
    </message>
    <message>
        <source>The service has written nothing yet.</source>
        <translation>Служба ещё ничего не записала.</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Скопировано</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Проверить снова</translation>
    </message>
    <message>
        <source>What the service did</source>
        <translation>Журнал службы</translation>
    </message>
    <message>
        <source>Keys are never written down; addresses and names are shortened here and in the report.</source>
        <translation>Ключи никогда не записываются, а адреса и имена сокращены и здесь, и в отчёте.</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>Скопировать отчёт</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::FaultPage</name>
    <message>
        <source>What to do</source>
        <translation>Что делать</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>Service and window are both version %1, yet they do not understand each other.</source>
        <translation>У службы и у окна одна версия, %1, но они не понимают друг друга.</translation>
    </message>
    <message>
        <source>This restarts the service. If that is not enough, install both anew.</source>
        <translation>Эта команда перезапустит службу. Если не поможет, установите программу заново.</translation>
    </message>
    <message>
        <source>The service that runs is of another version than this window.</source>
        <translation>Запущена служба другой версии, чем это окно.</translation>
    </message>
    <message>
        <source>The service that runs is version %1, this window is version %2.</source>
        <translation>Запущена служба версии %1, а это окно — версии %2.</translation>
    </message>
    <message>
        <source>This restarts the service. Then quit this window and start it again. If that is not enough, install the same version of both.</source>
        <translation>Эта команда перезапустит службу. Затем выйдите из программы и запустите её снова. Если не поможет, установите службу и окно одной версии.</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Скопировано</translation>
    </message>
    <message>
        <source>Copy the details</source>
        <translation>Скопировать подробности</translation>
    </message>
    <message>
        <source>Start the service</source>
        <translation>Запустить службу</translation>
    </message>
    <message>
        <source>The service was started.</source>
        <translation>Служба запущена.</translation>
    </message>
    <message>
        <source>Nothing was changed: the permission was not given.</source>
        <translation>Ничего не изменилось: разрешение не получено.</translation>
    </message>
    <message>
        <source>Nothing was changed: this desktop could not ask for the password. Use the command below in a terminal.</source>
        <translation>Ничего не изменилось: рабочий стол не смог запросить пароль. Выполните команду ниже в терминале.</translation>
    </message>
    <message>
        <source>It did not work.</source>
        <translation>Не получилось.</translation>
    </message>
    <message>
        <source>It did not work: “%1”</source>
        <translation>Не получилось: «%1»</translation>
    </message>
    <message>
        <source>Waiting for permission…</source>
        <translation>Ожидание разрешения…</translation>
    </message>
    <message>
        <source>Or in a terminal</source>
        <translation>Или в терминале</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::KeysPage</name>
    <message>
        <source>Keyboard</source>
        <translation>Клавиатура</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::Page</name>
    <message>
        <source>Back</source>
        <translation>Назад</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::ServerSettings</name>
    <message>
        <source>Server</source>
        <translation>Сервер</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Изменить</translation>
    </message>
    <message>
        <source>Set up</source>
        <translation>Настроить</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Адрес</translation>
    </message>
    <message>
        <source>No server is set up yet.</source>
        <translation>Сервер ещё не настроен.</translation>
    </message>
    <message>
        <source>Fingerprint of its certificate</source>
        <translation>Отпечаток сертификата</translation>
    </message>
    <message>
        <source>In use, and kept in this desktop&apos;s keychain.</source>
        <translation>Используется и хранится в связке ключей системы.</translation>
    </message>
    <message>
        <source>No longer in use. But the keychain did not answer: if the key was kept there, it still is.</source>
        <translation>Больше не используется. Но связка ключей не ответила: если ключ хранился в ней, он там и остался.</translation>
    </message>
    <message>
        <source>Access key</source>
        <translation>Ключ доступа</translation>
    </message>
    <message>
        <source>None. Only some servers ask for one.</source>
        <translation>Не задан. Он нужен не каждому серверу.</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Ввести</translation>
    </message>
    <message>
        <source>New access key</source>
        <translation>Новый ключ доступа</translation>
    </message>
    <message>
        <source>As the server&apos;s operator gave it to you.</source>
        <translation>Тот, что вам дал оператор сервера.</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Сохранить</translation>
    </message>
    <message>
        <source>Forget the key</source>
        <translation>Удалить ключ</translation>
    </message>
    <message>
        <source>In use until the service or this window ends.</source>
        <translation>Используется до завершения службы или этой программы.</translation>
    </message>
    <message>
        <source>This desktop&apos;s keychain is locked: unlock it and enter the key again, and it is kept.</source>
        <translation>Связка ключей системы заблокирована: разблокируйте её и введите ключ снова, тогда он сохранится.</translation>
    </message>
    <message>
        <source>This desktop&apos;s keychain is missing or does not work.</source>
        <translation>Связка ключей системы отсутствует или не работает.</translation>
    </message>
    <message>
        <source>It says: %1</source>
        <translation>Её ответ: %1</translation>
    </message>
    <message>
        <source>Only a server that shows this certificate is used.</source>
        <translation>Подойдёт только сервер с этим сертификатом.</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::TrafficGraph</name>
    <message>
        <source>Traffic of the last two minutes</source>
        <translation>Трафик за последние две минуты</translation>
    </message>
    <message>
        <source>The figures stand beside it in words</source>
        <translation>Цифры указаны рядом</translation>
    </message>
    <message>
        <source>2 minutes</source>
        <comment>what the graph shows</comment>
        <translation>2 минуты</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::WhoSeesPage</name>
    <message>
        <source>Who sees what</source>
        <translation>Кто что видит</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::WindowSettings</name>
    <message>
        <source>This could not be kept: %1</source>
        <translation>Не удалось сохранить: %1</translation>
    </message>
    <message>
        <source>This window</source>
        <translation>Программа</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Язык</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Как в системе</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Оформление</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Светлое</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Тёмное</translation>
    </message>
    <message>
        <source>Start when you log in</source>
        <translation>Запускать при входе в систему</translation>
    </message>
    <message>
        <source>In the tray, without opening the window.</source>
        <translation>В области уведомлений, без открытия окна.</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>Уведомления</translation>
    </message>
    <message>
        <source>About what you should know while this window is not in view.</source>
        <translation>О важных событиях, пока окно не на виду.</translation>
    </message>
</context>
<context>
    <name>higgs::widgets::refusalText</name>
    <message>
        <source>The server&apos;s certificate is not valid at the time that this computer&apos;s clock shows. Set date and time.</source>
        <translation>Сертификат сервера недействителен на время, которое показывают часы этого компьютера. Установите дату и время.</translation>
    </message>
    <message>
        <source>The service does not answer.</source>
        <translation>Служба не отвечает.</translation>
    </message>
    <message>
        <source>The service does not allow this at the moment.</source>
        <translation>Сейчас служба этого не разрешает.</translation>
    </message>
    <message>
        <source>The service does not accept this.</source>
        <translation>Служба этого не принимает.</translation>
    </message>
    <message>
        <source>The service lacks a right on this computer.</source>
        <translation>Службе не хватает прав на этом компьютере.</translation>
    </message>
    <message>
        <source>This could not be done.</source>
        <translation>Не удалось выполнить.</translation>
    </message>
    <message>
        <source>The service does not find this any more.</source>
        <translation>Служба этого больше не находит.</translation>
    </message>
    <message>
        <source>That was too often. Wait a moment and try again.</source>
        <translation>Слишком часто. Подождите немного и попробуйте снова.</translation>
    </message>
    <message>
        <source>The server cannot be reached.</source>
        <translation>Не удаётся связаться с сервером.</translation>
    </message>
    <message>
        <source>The server shows a certificate that does not fit.</source>
        <translation>Сервер предъявляет чужой сертификат.</translation>
    </message>
</context>
</TS>
