<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
<context>
    <name>FaultText</name>
    <message>
        <source>Looking for the service</source>
        <translation>Поиск службы</translation>
    </message>
    <message>
        <source>The window asks the HiggsVPN service how things stand.</source>
        <translation>Запрашиваем состояние службы HiggsVPN.</translation>
    </message>
    <message>
        <source>The service stopped answering</source>
        <translation>Служба перестала отвечать</translation>
    </message>
    <message>
        <source>The service is not running</source>
        <translation>Служба не запущена</translation>
    </message>
    <message>
        <source>HiggsVPN&apos;s service builds the tunnel. Without it this window can show nothing and change nothing.</source>
        <translation>Туннель создаёт служба HiggsVPN. Без неё программа не может ничего ни показать, ни изменить.</translation>
    </message>
    <message>
        <source>This starts it again; the window comes back by itself.</source>
        <translation>Команда запустит службу, и окно обновится само.</translation>
    </message>
    <message>
        <source>You may not control HiggsVPN</source>
        <translation>Нет прав на управление HiggsVPN</translation>
    </message>
    <message>
        <source>On this computer only members of the group “higgs” may, and you are not one of them yet.</source>
        <translation>На этом компьютере управлять могут только члены группы «higgs», а вас в ней пока нет.</translation>
    </message>
    <message>
        <source>This makes you a member. It takes effect when you log in the next time.</source>
        <translation>Команда добавит вас в группу. Она подействует после следующего входа в систему.</translation>
    </message>
    <message>
        <source>The kill switch stays where it is: nothing leaves this computer outside the tunnel until the service is back.</source>
        <translation>Защита от утечек остаётся включённой: пока служба не вернётся, мимо туннеля с этого компьютера ничего не уйдёт.</translation>
    </message>
    <message>
        <source>Your traffic is not protected: it takes your normal line.</source>
        <translation>Ваш трафик не защищён: он идёт по обычному подключению.</translation>
    </message>
    <message>
        <source>If a tunnel was in use before, the kill switch still holds and nothing leaves outside of it. Otherwise your traffic takes your normal line.</source>
        <translation>Если туннель был включён, защита от утечек продолжает действовать и мимо него ничего не уходит. Если нет, трафик идёт по обычному подключению.</translation>
    </message>
    <message>
        <source>This window cannot see what happens to your traffic. What the service was told before goes on.</source>
        <translation>Программа не видит, что происходит с вашим трафиком. Служба продолжает работать с прежними настройками.</translation>
    </message>
    <message>
        <source>Restore my network</source>
        <translation>Восстановить сеть</translation>
    </message>
    <message>
        <source>That takes the kill switch and lockdown away: your traffic is not protected then.</source>
        <translation>Защита от утечек и полная блокировка будут сняты: трафик не будет защищён.</translation>
    </message>
    <message>
        <source>Your network is as it was before. Your traffic is not protected: it takes your normal line.</source>
        <translation>Сеть такая же, как прежде. Ваш трафик не защищён: он идёт через обычное подключение.</translation>
    </message>
    <message>
        <source>HiggsVPN needs a restart</source>
        <translation>Нужно перезапустить HiggsVPN</translation>
    </message>
</context>
<context>
    <name>KeyTexts</name>
    <message>
        <source>Connect, resume or try again</source>
        <translation>Подключиться, продолжить или повторить</translation>
    </message>
    <message>
        <source>Pause, for a time that you choose</source>
        <translation>Пауза на выбранное время</translation>
    </message>
    <message>
        <source>Choose another country; typing its name does so, too</source>
        <translation>Выбрать другую страну; можно просто набрать её название</translation>
    </message>
    <message>
        <source>In the list: a favourite, or not any more</source>
        <translation>В списке: добавить в избранное или убрать</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Настройки</translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation>Диагностика</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Меню</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Назад</translation>
    </message>
    <message>
        <source>These keys</source>
        <translation>Эти клавиши</translation>
    </message>
    <message>
        <source>Quit this window; the service goes on</source>
        <translation>Закрыть программу; служба продолжит работать</translation>
    </message>
</context>
<context>
    <name>Picker</name>
    <message>
        <source>Elsewhere</source>
        <comment>an exit without a region</comment>
        <translation>Другой регион</translation>
    </message>
    <message>
        <source>Favourites</source>
        <translation>Избранное</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>Недавние</translation>
    </message>
    <message>
        <source>All countries</source>
        <translation>Все страны</translation>
    </message>
    <message>
        <source>Nobody shares there</source>
        <translation>Сейчас узлов нет</translation>
    </message>
    <message>
        <source>All homes are taken</source>
        <translation>Все узлы заняты</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n home(s) free</source>
        <comment>homes of a country</comment>
        <translation>
            <numerusform>Свободен %1 из %n узла</numerusform>
            <numerusform>Свободно %1 из %n узлов</numerusform>
            <numerusform>Свободно %1 из %n узлов</numerusform>
        </translation>
    </message>
    <message>
        <source>Does not answer</source>
        <comment>an exit</comment>
        <translation>Не отвечает</translation>
    </message>
    <message numerus="yes">
        <source>One of %n home(s) does not answer</source>
        <translation>
            <numerusform>Не отвечает один из %n узла</numerusform>
            <numerusform>Не отвечает один из %n узлов</numerusform>
            <numerusform>Не отвечает один из %n узлов</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 last time</source>
        <comment>a round trip; %1: 31 ms</comment>
        <translation>было %1</translation>
    </message>
    <message>
        <source>about %1</source>
        <comment>a round trip; %1: 34 ms</comment>
        <translation>около %1</translation>
    </message>
    <message>
        <source>Fastest</source>
        <comment>place to leave from</comment>
        <translation>Самый быстрый</translation>
    </message>
    <message>
        <source>The server picks a free home</source>
        <translation>Свободный узел выберет сервер</translation>
    </message>
    <message>
        <source>Connected</source>
        <comment>a place in the list</comment>
        <translation>Подключено</translation>
    </message>
    <message>
        <source>Connecting</source>
        <comment>a place in the list</comment>
        <translation>Подключение</translation>
    </message>
</context>
<context>
    <name>ReceiptTexts</name>
    <message>
        <source>Leaked outside the tunnel</source>
        <translation>Утекло мимо туннеля</translation>
    </message>
    <message>
        <source>The tunnel itself, sealed</source>
        <translation>Сам туннель, зашифрован</translation>
    </message>
    <message>
        <source>Programs kept outside</source>
        <translation>Программы вне туннеля</translation>
    </message>
    <message>
        <source>Local network, containers</source>
        <translation>Локальная сеть, контейнеры</translation>
    </message>
    <message>
        <source>DHCP and neighbours</source>
        <translation>DHCP и соседи по сети</translation>
    </message>
    <message>
        <source>Questions for names</source>
        <translation>Запросы имён</translation>
    </message>
    <message>
        <source>IPv4 to the Internet</source>
        <translation>IPv4 в интернет</translation>
    </message>
    <message>
        <source>IPv6 to the Internet</source>
        <translation>IPv6 в интернет</translation>
    </message>
    <message>
        <source>Local network</source>
        <translation>Локальная сеть</translation>
    </message>
    <message>
        <source>From containers and others</source>
        <translation>От контейнеров и других</translation>
    </message>
    <message numerus="yes">
        <source>%n packet(s)</source>
        <translation>
            <numerusform>%n пакет</numerusform>
            <numerusform>%n пакета</numerusform>
            <numerusform>%n пакетов</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing was counted yet</source>
        <translation>Пока ничего не подсчитано</translation>
    </message>
    <message numerus="yes">
        <source>%n packet(s) left outside the tunnel in %1</source>
        <comment>%1: how long</comment>
        <translation>
            <numerusform>%n пакет ушёл мимо туннеля (%1)</numerusform>
            <numerusform>%n пакета ушли мимо туннеля (%1)</numerusform>
            <numerusform>%n пакетов ушло мимо туннеля (%1)</numerusform>
        </translation>
    </message>
    <message>
        <source>Counting begins with the next connection, and ends where the kill switch goes. If it does not begin, this computer&apos;s firewall cannot count.</source>
        <translation>Подсчёт начнётся со следующим подключением и закончится, когда будет снята защита от утечек. Если он не начнётся, значит, межсетевой экран этого компьютера не умеет считать.</translation>
    </message>
    <message>
        <source>From %1 to %2, while the kill switch was on.</source>
        <comment>moments</comment>
        <translation>С %1 по %2, пока действовала защита от утечек.</translation>
    </message>
    <message>
        <source>Since %1, when the kill switch was put up.</source>
        <comment>a moment</comment>
        <translation>С %1, когда была включена защита от утечек.</translation>
    </message>
    <message>
        <source>Counted by the firewall of this computer&apos;s kernel, behind all rules.</source>
        <translation>Считает межсетевой экран в ядре этого компьютера, после всех правил.</translation>
    </message>
    <message>
        <source>Left this computer</source>
        <translation>Ушло с этого компьютера</translation>
    </message>
    <message>
        <source>Kept from leaving</source>
        <translation>Не выпущено</translation>
    </message>
    <message numerus="yes">
        <source>Another program removed or changed the counters %n time(s): what left in these %1 is not known.</source>
        <comment>%1: how long</comment>
        <translation>
            <numerusform>Другая программа удаляла или меняла счётчики %n раз: что вышло за эти %1, неизвестно.</numerusform>
            <numerusform>Другая программа удаляла или меняла счётчики %n раза: что вышло за эти %1, неизвестно.</numerusform>
            <numerusform>Другая программа удаляла или меняла счётчики %n раз: что вышло за эти %1, неизвестно.</numerusform>
        </translation>
    </message>
    <message>
        <source>At this moment nothing is counted: it keeps them away.</source>
        <translation>Сейчас ничего не считается: она не даёт вернуть счётчики.</translation>
    </message>
    <message>
        <source>What was counted while the service was not running is in it.</source>
        <translation>Сюда входит и то, что посчитано, пока служба не работала.</translation>
    </message>
</context>
<context>
    <name>StatePage</name>
    <message numerus="yes">
        <source>Pause for %n minute(s)</source>
        <translation>
            <numerusform>Пауза на %n минуту</numerusform>
            <numerusform>Пауза на %n минуты</numerusform>
            <numerusform>Пауза на %n минут</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StateView</name>
    <message>
        <source>Enter access key</source>
        <translation>Ввести ключ доступа</translation>
    </message>
    <message>
        <source>Choose another country</source>
        <translation>Выбрать другую страну</translation>
    </message>
    <message>
        <source>Open settings</source>
        <translation>Открыть настройки</translation>
    </message>
    <message>
        <source>Find out why</source>
        <translation>Узнать причину</translation>
    </message>
    <message>
        <source>Nothing but local network traffic leaves this computer</source>
        <translation>Трафик не выходит дальше локальной сети</translation>
    </message>
    <message>
        <source>Nothing leaves this computer</source>
        <translation>С этого компьютера ничего не уходит</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <comment>%1: nothing leaves this computer; %2: until ...</comment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Your traffic is not protected yet</source>
        <translation>Ваш трафик ещё не защищён</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Отмена</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Подключить</translation>
    </message>
    <message>
        <source>Disconnected</source>
        <translation>Отключено</translation>
    </message>
    <message>
        <source>Your traffic is not protected</source>
        <translation>Ваш трафик не защищён</translation>
    </message>
    <message>
        <source>Unblock</source>
        <translation>Разблокировать</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>Your traffic is not protected. The tunnel comes back in %1</source>
        <comment>%1: a duration, as in 5 minutes</comment>
        <translation>Ваш трафик не защищён. До конца паузы: %1</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Продолжить</translation>
    </message>
    <message>
        <source>No server is set up yet, and your traffic is not protected</source>
        <translation>Сервер ещё не настроен, и ваш трафик не защищён</translation>
    </message>
    <message>
        <source>Set up</source>
        <translation>Настроить</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>Switching</source>
        <translation>Переключение</translation>
    </message>
    <message>
        <source>Connecting</source>
        <translation>Подключение</translation>
    </message>
    <message>
        <source>until you are connected</source>
        <comment>nothing leaves ...</comment>
        <translation>пока вы не подключитесь</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Подключено</translation>
    </message>
    <message>
        <source>Your traffic takes the tunnel</source>
        <translation>Ваш трафик идёт через туннель</translation>
    </message>
    <message>
        <source>Your traffic leaves from %1</source>
        <comment>%1: a place</comment>
        <translation>Сайты видят вас здесь: %1</translation>
    </message>
    <message>
        <source>The exit gives no sign of life at the moment. Nothing leaves outside the tunnel</source>
        <translation>Узел сейчас не подаёт признаков жизни. Мимо туннеля ничего не уходит</translation>
    </message>
    <message>
        <source>The exit gives no sign of life at the moment</source>
        <translation>Узел сейчас не подаёт признаков жизни</translation>
    </message>
    <message>
        <source>The kill switch is not in force: if the tunnel fails, your traffic is not protected.</source>
        <translation>Защита от утечек не действует: если туннель оборвётся, трафик не будет защищён.</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Отключить</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>Reconnecting</source>
        <translation>Переподключение</translation>
    </message>
    <message>
        <source>until the tunnel is back</source>
        <comment>nothing leaves ...</comment>
        <translation>пока туннель не восстановится</translation>
    </message>
    <message>
        <source>Disconnecting</source>
        <translation>Отключение</translation>
    </message>
    <message>
        <source>%1 until the network is as before</source>
        <comment>%1: nothing leaves this computer</comment>
        <translation>%1, пока сеть не вернётся в прежнее состояние</translation>
    </message>
    <message>
        <source>Blocked</source>
        <translation>Заблокировано</translation>
    </message>
    <message>
        <source>The block is not in force: your traffic is not protected</source>
        <translation>Блокировка не действует: ваш трафик не защищён</translation>
    </message>
    <message>
        <source>Lockdown is on. %1 until you connect</source>
        <comment>%1: nothing leaves this computer</comment>
        <translation>Полная блокировка. %1 до подключения</translation>
    </message>
    <message>
        <source>Your settings cannot be read, and may have said lockdown, so it is on. Connect, or turn it off in the settings: the damaged file is kept.</source>
        <translation>Настройки прочитать не удалось. В них могла быть включена полная блокировка, поэтому она включена. Подключитесь или выключите её в настройках: повреждённый файл сохранён.</translation>
    </message>
    <message>
        <source>Lockdown settings</source>
        <translation>Настройки блокировки</translation>
    </message>
    <message>
        <source>%1 until the tunnel is back</source>
        <comment>%1: nothing leaves this computer</comment>
        <translation>%1, пока туннель не восстановится</translation>
    </message>
    <message>
        <source>Trying again automatically.</source>
        <translation>Пробуем снова автоматически.</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Запуск</translation>
    </message>
    <message>
        <source>Asking the background service what happens to your traffic</source>
        <translation>Узнаём у фоновой службы, что с вашим трафиком</translation>
    </message>
    <message>
        <source>No answer</source>
        <translation>Нет ответа</translation>
    </message>
    <message>
        <source>The background service does not let you in</source>
        <translation>Фоновая служба не даёт доступа</translation>
    </message>
    <message>
        <source>The background service is of another version</source>
        <translation>Фоновая служба другой версии</translation>
    </message>
    <message>
        <source>The background service does not run</source>
        <translation>Фоновая служба не запущена</translation>
    </message>
    <message>
        <source>Relayed</source>
        <comment>the path of the traffic</comment>
        <translation>Через сервер</translation>
    </message>
    <message>
        <source>Direct</source>
        <comment>the path of the traffic</comment>
        <translation>Напрямую</translation>
    </message>
    <message>
        <source>TURN</source>
        <comment>the path of the traffic</comment>
        <translation>TURN</translation>
    </message>
    <message>
        <source>Two hops</source>
        <comment>the path of the traffic</comment>
        <translation>Два узла</translation>
    </message>
    <message>
        <source>Via %1</source>
        <comment>%1: the entry country</comment>
        <translation>Через: %1</translation>
    </message>
    <message>
        <source>Kill switch</source>
        <translation>Защита от утечек</translation>
    </message>
    <message>
        <source>On: nothing leaves this computer outside the tunnel, also if it fails.</source>
        <translation>Включена: мимо туннеля ничего не уходит, даже если он оборвётся.</translation>
    </message>
    <message>
        <source>Lockdown</source>
        <translation>Полная блокировка</translation>
    </message>
    <message>
        <source>On: nothing leaves this computer without the tunnel, neither before nor after a connection.</source>
        <translation>Включена: без туннеля с этого компьютера ничего не уходит ни до подключения, ни после.</translation>
    </message>
    <message numerus="yes">
        <source>%n program(s) outside</source>
        <translation>
            <numerusform>%n программа вне туннеля</numerusform>
            <numerusform>%n программы вне туннеля</numerusform>
            <numerusform>%n программ вне туннеля</numerusform>
        </translation>
    </message>
    <message>
        <source>They were started outside the tunnel: their traffic goes out unprotected, under your own address.</source>
        <translation>Они запущены вне туннеля: их трафик идёт без защиты и с вашим адресом.</translation>
    </message>
    <message>
        <source>HiggsVPN: %1. %2</source>
        <comment>%1: the state; %2: what happens to the traffic</comment>
        <translation>HiggsVPN: %1. %2</translation>
    </message>
    <message>
        <source>. What the kill switch held back stays held back</source>
        <comment>follows a sentence without its full stop</comment>
        <translation>. То, что задержала защита от утечек, по-прежнему не уходит</translation>
    </message>
    <message>
        <source>If you disconnect, lockdown goes on blocking.</source>
        <translation>Если отключиться, полная блокировка останется.</translation>
    </message>
    <message>
        <source>If you disconnect, your traffic is not protected.</source>
        <translation>Если отключиться, трафик не будет защищён.</translation>
    </message>
    <message>
        <source>If you cancel, lockdown goes on blocking.</source>
        <translation>Если отменить, полная блокировка останется.</translation>
    </message>
    <message>
        <source>If you cancel, your traffic is not protected.</source>
        <translation>Если отменить, трафик не будет защищён.</translation>
    </message>
    <message>
        <source>If you cancel, you go back to the exit before.</source>
        <translation>Если отменить, вы вернётесь к прежнему узлу.</translation>
    </message>
    <message>
        <source>If you cancel, you go back to %1.</source>
        <comment>%1: a place</comment>
        <translation>Если отменить, вернётся прежний узел: %1.</translation>
    </message>
    <message>
        <source>If you unblock, your traffic is not protected.</source>
        <translation>Если разблокировать, трафик не будет защищён.</translation>
    </message>
    <message>
        <source>On, but its block is not in force at the moment.</source>
        <translation>Включена, но сейчас не действует.</translation>
    </message>
    <message>
        <source>Waiting for the server</source>
        <translation>Ожидание сервера</translation>
    </message>
    <message>
        <source>Connect again</source>
        <translation>Подключить</translation>
    </message>
    <message>
        <source>HiggsVPN %1 is out, and this is %2. Update it in the way you installed it.</source>
        <comment>%1, %2: versions</comment>
        <translation>Вышла версия HiggsVPN %1, у вас %2. Обновите программу так же, как устанавливали.</translation>
    </message>
    <message>
        <source>0 packets have left outside it, as the kernel counts.</source>
        <translation>По счётчикам ядра, мимо него не ушло ни одного пакета.</translation>
    </message>
    <message numerus="yes">
        <source>%n packet(s) outside</source>
        <translation>
            <numerusform>%n пакет снаружи</numerusform>
            <numerusform>%n пакета снаружи</numerusform>
            <numerusform>%n пакетов снаружи</numerusform>
        </translation>
    </message>
    <message>
        <source>They left outside the tunnel while the kill switch should have held them. The leak receipt, in the menu, says more.</source>
        <translation>Они ушли мимо туннеля, хотя защита от утечек должна была их задержать. Подробности есть в меню, в отчёте об утечках.</translation>
    </message>
    <message>
        <source>Your traffic is not protected: sites see your own address, %1</source>
        <translation>Ваш трафик не защищён: сайты видят ваш собственный адрес %1</translation>
    </message>
    <message>
        <source>Your traffic is not protected: sites see your own address</source>
        <translation>Ваш трафик не защищён: сайты видят ваш собственный адрес</translation>
    </message>
    <message>
        <source>No other home could be reached, so you stay where you were. Your traffic never left the tunnel.</source>
        <translation>Другой дом недоступен, поэтому всё осталось как было. Трафик не выходил из туннеля.</translation>
    </message>
    <message>
        <source>%1 could not be reached, so you stay where you were. Your traffic never left the tunnel.</source>
        <comment>%1: a country</comment>
        <translation>%1: дома там недоступны, поэтому всё осталось как было. Трафик не выходил из туннеля.</translation>
    </message>
    <message>
        <source>For now your traffic leaves from the home before</source>
        <translation>Пока трафик выходит из прежнего дома</translation>
    </message>
    <message>
        <source>For now your traffic leaves from %1</source>
        <comment>%1: a place</comment>
        <translation>Пока сайты видят вас здесь: %1</translation>
    </message>
</context>
<context>
    <name>StateWords</name>
    <message>
        <source>The server does not answer. Check that this computer is online.</source>
        <translation>Сервер не отвечает. Проверьте, что компьютер подключён к интернету.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate is not the expected one. If nobody changed it, somebody may stand in between: do not go on.</source>
        <translation>У сервера не тот сертификат, что ожидался. Если его не меняли, связь может перехватывать посторонний: не продолжайте.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate is not valid at the time that this computer&apos;s clock shows. Set date and time. If they are right, tell the server&apos;s operator.</source>
        <translation>Сертификат сервера недействителен на время, которое показывают часы этого компьютера. Установите дату и время. Если они верны, сообщите оператору сервера.</translation>
    </message>
    <message>
        <source>The server is busy. Trying again automatically.</source>
        <translation>Сервер занят. Пробуем снова автоматически.</translation>
    </message>
    <message>
        <source>The server wants an access key, or does not accept this one.</source>
        <translation>Серверу нужен ключ доступа, или этот ключ не подходит.</translation>
    </message>
    <message>
        <source>Nobody shares a connection at the moment. Try again later.</source>
        <translation>Сейчас никто не делится подключением. Попробуйте позже.</translation>
    </message>
    <message>
        <source>Nobody shares a connection there at the moment.</source>
        <translation>Сейчас там никто не делится подключением.</translation>
    </message>
    <message>
        <source>This exit does not exist any more.</source>
        <translation>Этого узла больше нет.</translation>
    </message>
    <message>
        <source>This exit is offline or full.</source>
        <translation>Узел не в сети или занят.</translation>
    </message>
    <message>
        <source>The exit stopped answering.</source>
        <translation>Узел перестал отвечать.</translation>
    </message>
    <message>
        <source>The server allows no more connections for this computer. Disconnect another one first.</source>
        <translation>Сервер не разрешает этому компьютеру больше подключений. Сначала отключите другое.</translation>
    </message>
    <message>
        <source>The server refused the request.</source>
        <translation>Сервер отклонил запрос.</translation>
    </message>
    <message>
        <source>This kind of path cannot be had. Allow any path in the settings.</source>
        <translation>Такой путь недоступен. Разрешите в настройках любой путь.</translation>
    </message>
    <message>
        <source>The background service may not build a tunnel on this computer.</source>
        <translation>Фоновой службе нельзя создавать туннель на этом компьютере.</translation>
    </message>
    <message>
        <source>The tunnel could not be set up on this computer.</source>
        <translation>Не удалось создать туннель на этом компьютере.</translation>
    </message>
    <message>
        <source>Not all of this computer&apos;s network settings could be put back.</source>
        <translation>Не все сетевые настройки этого компьютера удалось вернуть.</translation>
    </message>
    <message>
        <source>No server is set up yet.</source>
        <translation>Сервер ещё не настроен.</translation>
    </message>
    <message>
        <source>Lockdown is on.</source>
        <translation>Включена полная блокировка.</translation>
    </message>
    <message>
        <source>The DNS settings of this computer could not be changed, and without that names would be looked up outside the tunnel.</source>
        <translation>Не удалось изменить настройки DNS, а без этого имена сайтов запрашивались бы мимо туннеля.</translation>
    </message>
    <message>
        <source>Something unexpected happened: %1.</source>
        <translation>Произошло непредвиденное: %1.</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>a region and its country, as in Berlin, Germany</comment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Stable</source>
        <translation>Стабильная</translation>
    </message>
    <message>
        <source>Unstable</source>
        <translation>С перебоями</translation>
    </message>
    <message>
        <source>No signal</source>
        <translation>Нет связи</translation>
    </message>
    <message>
        <source>Nothing leaves this computer until it is back.</source>
        <translation>До восстановления связи с этого компьютера ничего не уходит.</translation>
    </message>
    <message>
        <source>Your traffic takes the tunnel.</source>
        <translation>Ваш трафик идёт через туннель.</translation>
    </message>
    <message>
        <source>Your traffic leaves from %1.</source>
        <comment>%1: a place</comment>
        <translation>Сайты видят вас здесь: %1.</translation>
    </message>
    <message>
        <source>Connected again</source>
        <translation>Снова подключено</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Подключено</translation>
    </message>
    <message>
        <source>Connection lost</source>
        <translation>Связь потеряна</translation>
    </message>
    <message>
        <source>Your traffic is not protected until it is back.</source>
        <translation>До восстановления связи ваш трафик не защищён.</translation>
    </message>
    <message>
        <source>Blocked</source>
        <translation>Заблокировано</translation>
    </message>
    <message>
        <source>Not connected</source>
        <translation>Не подключено</translation>
    </message>
    <message>
        <source>Your traffic is not protected.</source>
        <translation>Ваш трафик не защищён.</translation>
    </message>
    <message>
        <source>There are no two homes for this at the moment: one to enter through in %1, and another one to leave from.</source>
        <comment>%1: a country</comment>
        <translation>Двух подходящих домов сейчас нет: одного для входа в стране «%1» и другого для выхода.</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::ConnectionCard</name>
    <message>
        <source>Exit address</source>
        <translation>Ваш IP-адрес</translation>
    </message>
    <message>
        <source>Down</source>
        <comment>traffic from the Internet</comment>
        <translation>Приём</translation>
    </message>
    <message>
        <source>Up</source>
        <comment>traffic to the Internet</comment>
        <translation>Отдача</translation>
    </message>
    <message>
        <source>Round trip</source>
        <translation>Задержка</translation>
    </message>
    <message>
        <source>Signal</source>
        <comment>how well the exit answers</comment>
        <translation>Связь</translation>
    </message>
    <message>
        <source>Exit address, IPv6</source>
        <translation>Ваш IPv6-адрес</translation>
    </message>
    <message>
        <source>Chosen country</source>
        <translation>Выбранная страна</translation>
    </message>
    <message>
        <source>connected %1</source>
        <comment>%1: for how long, as a clock: 2:05</comment>
        <translation>на связи %1</translation>
    </message>
    <message>
        <source>Instead of %1</source>
        <comment>an exit; %1: a place</comment>
        <translation>Вместо: %1</translation>
    </message>
    <message>
        <source>Your own address, which websites do not see: %1</source>
        <translation>Ваш собственный адрес, который сайты не видят: %1</translation>
    </message>
    <message>
        <source>Your own address. Websites do not see it.</source>
        <translation>Ваш собственный адрес. Сайты его не видят.</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::ConnectionSettings</name>
    <message>
        <source>At most three servers.</source>
        <translation>Не больше трёх серверов.</translation>
    </message>
    <message>
        <source>“%1” cannot be reached through the tunnel.</source>
        <translation>«%1» недоступен через туннель.</translation>
    </message>
    <message>
        <source>“%1” is not an IP address.</source>
        <translation>«%1» — не IP-адрес.</translation>
    </message>
    <message>
        <source>Protection</source>
        <translation>Защита</translation>
    </message>
    <message>
        <source>Always on</source>
        <translation>Всегда включена</translation>
    </message>
    <message>
        <source>Kill switch</source>
        <translation>Защита от утечек</translation>
    </message>
    <message>
        <source>From Connect to Disconnect nothing leaves outside the tunnel, even if it fails.</source>
        <translation>С «Подключить» до «Отключить» мимо туннеля ничего не уходит, даже при обрыве.</translation>
    </message>
    <message>
        <source>Lockdown</source>
        <translation>Полная блокировка</translation>
    </message>
    <message>
        <source>Block the Internet even while you are disconnected, and when the computer starts.</source>
        <translation>Блокировать интернет и тогда, когда вы отключены, и при запуске компьютера.</translation>
    </message>
    <message>
        <source>Local network</source>
        <translation>Локальная сеть</translation>
    </message>
    <message>
        <source>Reach printers and other devices with private addresses while connected. Others in this network can reach you then, too.</source>
        <translation>Принтеры и другие устройства с частными адресами доступны при подключении. Для них тогда доступен и ваш компьютер.</translation>
    </message>
    <message>
        <source>DNS</source>
        <translation>DNS</translation>
    </message>
    <message>
        <source>Look up names with</source>
        <translation>Серверы DNS</translation>
    </message>
    <message>
        <source>The exit you connect to</source>
        <translation>Узел, к которому вы подключены</translation>
    </message>
    <message>
        <source>Servers of my own</source>
        <translation>Мои серверы</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>Серверы</translation>
    </message>
    <message>
        <source>Up to three addresses, with commas between.</source>
        <translation>До трёх адресов через запятую.</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Подключение</translation>
    </message>
    <message>
        <source>Connect automatically</source>
        <translation>Подключаться автоматически</translation>
    </message>
    <message>
        <source>When the computer starts, before you log in.</source>
        <translation>При запуске компьютера, ещё до входа в систему.</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Автоматически</translation>
    </message>
    <message>
        <source>Relayed by the server</source>
        <translation>Через сервер</translation>
    </message>
    <message>
        <source>Direct</source>
        <translation>Напрямую</translation>
    </message>
    <message>
        <source>Through TURN</source>
        <translation>Через TURN</translation>
    </message>
    <message>
        <source>Path to the exit</source>
        <translation>Путь к узлу</translation>
    </message>
    <message>
        <source>Automatic takes the fastest that works.</source>
        <translation>Автоматически — самый быстрый из рабочих.</translation>
    </message>
    <message>
        <source>Automatic takes the fastest that works. Greyed-out paths are not available in this version.</source>
        <translation>Автоматически — самый быстрый из рабочих. Недоступные в этой версии выделены серым.</translation>
    </message>
    <message>
        <source>Ask the router for a port</source>
        <translation>Просить роутер открыть порт</translation>
    </message>
    <message>
        <source>While you are connected, the router here may be asked to let the exit in, so that more connections need no detour. It closes the port again.</source>
        <translation>Пока вы подключены, здешний роутер можно попросить пропускать к вам узел, чтобы реже нужен был обход. Потом порт снова закрывается.</translation>
    </message>
    <message>
        <source>Lookups always go through the tunnel. Who answers sees the names, and the exit&apos;s address instead of yours.</source>
        <translation>Запросы всегда идут через туннель. Тот, кто отвечает, видит имена сайтов и адрес узла вместо вашего.</translation>
    </message>
    <message>
        <source>%1: blocks malware</source>
        <comment>%1: who runs the DNS servers</comment>
        <translation>%1: блокирует вредоносное</translation>
    </message>
    <message>
        <source>%1: blocks ads and malware</source>
        <comment>%1: who runs the DNS servers</comment>
        <translation>%1: блокирует рекламу и вредоносное</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::DiagnosticsPage</name>
    <message>
        <source>Done: the network is as it was before. Nothing is protected now.</source>
        <translation>Готово: сеть в прежнем состоянии. Теперь ничего не защищено.</translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation>Диагностика</translation>
    </message>
    <message>
        <source>What a connection needs</source>
        <translation>Что нужно для подключения</translation>
    </message>
    <message>
        <source>If nothing else helps</source>
        <translation>Если ничего не помогает</translation>
    </message>
    <message>
        <source>Really? The tunnel and the kill switch go away, lockdown is switched off, and your traffic takes the normal line.</source>
        <translation>Точно? Туннель и защита от утечек будут убраны, полная блокировка выключена, и трафик пойдёт по обычному подключению.</translation>
    </message>
    <message>
        <source>Take the tunnel and the kill switch away and put the network back as it was. Your traffic is not protected then.</source>
        <translation>Убрать туннель и защиту от утечек и вернуть сеть в прежнее состояние. После этого трафик не защищён.</translation>
    </message>
    <message>
        <source>Yes, restore</source>
        <translation>Да, вернуть</translation>
    </message>
    <message>
        <source>Restore the network</source>
        <translation>Вернуть сеть</translation>
    </message>
    <message>
        <source>No, keep it</source>
        <translation>Нет, оставить</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::FirstRun</name>
    <message>
        <source>This link is not an invitation that this version understands. Ask for another one, or type the server&apos;s address.</source>
        <translation>Эта ссылка — не приглашение, понятное этой версии. Попросите другую или введите адрес сервера.</translation>
    </message>
    <message>
        <source>This invitation is damaged or not complete. Copy the whole link again.</source>
        <translation>Приглашение повреждено или неполное. Скопируйте ссылку целиком ещё раз.</translation>
    </message>
    <message>
        <source>This is not a server&apos;s address. It looks like vpn.example.net or 203.0.113.5:3000.</source>
        <translation>Это не адрес сервера. Он выглядит так: vpn.example.net или 203.0.113.5:3000.</translation>
    </message>
    <message>
        <source>A fingerprint has 64 digits from 0 to 9 and A to F.</source>
        <translation>Отпечаток состоит из 64 знаков: цифр 0–9 и букв A–F.</translation>
    </message>
    <message>
        <source>The server cannot be changed now: %1.</source>
        <translation>Сейчас сменить сервер нельзя: %1.</translation>
    </message>
    <message>
        <source>The server answers, but with a certificate that is not the expected one. Ask its operator for the fingerprint or a fresh invitation, and do not go on without.</source>
        <translation>Сервер отвечает, но не с тем сертификатом. Попросите у оператора отпечаток или новое приглашение и без них не продолжайте.</translation>
    </message>
    <message>
        <source>The server does not answer. Check the address and your connection, or go on and connect later.</source>
        <translation>Сервер не отвечает. Проверьте адрес и подключение к сети или продолжите и подключитесь позже.</translation>
    </message>
    <message>
        <source>Enter the key, or go on without one.</source>
        <translation>Введите ключ или продолжите без него.</translation>
    </message>
    <message>
        <source>An invitation</source>
        <translation>Приглашение</translation>
    </message>
    <message>
        <source>Access key</source>
        <translation>Ключ доступа</translation>
    </message>
    <message>
        <source>Your server</source>
        <translation>Ваш сервер</translation>
    </message>
    <message>
        <source>Go on without</source>
        <translation>Продолжить без проверки</translation>
    </message>
    <message>
        <source>A HiggsVPN server finds homes to leave the Internet from. Enter the address that its operator gave you, or paste an invitation link.</source>
        <translation>Сервер HiggsVPN находит дома, откуда можно выйти в интернет. Введите адрес, который дал его оператор, или вставьте ссылку-приглашение.</translation>
    </message>
    <message>
        <source>Address or invitation</source>
        <translation>Адрес или приглашение</translation>
    </message>
    <message>
        <source>Fingerprint of its certificate (optional)</source>
        <translation>Отпечаток сертификата (необязательно)</translation>
    </message>
    <message>
        <source>Only for servers without a publicly known certificate.</source>
        <translation>Нужен, только если сертификат сервера не выдан известным центром.</translation>
    </message>
    <message>
        <source>Asking the server…</source>
        <translation>Запрос к серверу…</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Далее</translation>
    </message>
    <message>
        <source>Somebody invites you to use this server. It decides which homes your traffic leaves from: accept only if you expected it.</source>
        <translation>Вас приглашают на этот сервер. Он решает, через чьи дома пойдёт ваш трафик: соглашайтесь, только если ждали приглашения.</translation>
    </message>
    <message>
        <source>No fingerprint: its certificate must be a publicly known one.</source>
        <translation>Отпечатка нет: сертификат должен быть выдан известным центром.</translation>
    </message>
    <message>
        <source>Fingerprint of its certificate</source>
        <translation>Отпечаток сертификата</translation>
    </message>
    <message>
        <source>It takes the place of your present server, %1.</source>
        <translation>Он заменит ваш нынешний сервер, %1.</translation>
    </message>
    <message>
        <source>Use this server</source>
        <translation>Использовать этот сервер</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Не сейчас</translation>
    </message>
    <message>
        <source>If the operator gave you an access key, enter it here. Many servers need none.</source>
        <translation>Если оператор дал вам ключ доступа, введите его. Многим серверам он не нужен.</translation>
    </message>
    <message>
        <source>This server asks for an access key. Enter the one that its operator gave you.</source>
        <translation>Этому серверу нужен ключ доступа. Введите тот, который вам дал оператор сервера.</translation>
    </message>
    <message>
        <source>It is kept in this desktop&apos;s keychain.</source>
        <translation>Он хранится в связке ключей системы.</translation>
    </message>
    <message>
        <source>This desktop&apos;s keychain is missing or locked: the key is kept until this window or the service ends.</source>
        <translation>Связка ключей системы отсутствует или заблокирована: ключ хранится до завершения программы или службы.</translation>
    </message>
    <message>
        <source>I don&apos;t have one</source>
        <translation>Ключа нет</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Готово</translation>
    </message>
    <message>
        <source>The server did not tell yet where you can leave from.</source>
        <translation>Сервер пока не сообщил, откуда можно выходить в интернет.</translation>
    </message>
    <message>
        <source>Nobody shares a connection at the moment. Try again later.</source>
        <translation>Сейчас никто не делится подключением. Попробуйте позже.</translation>
    </message>
    <message numerus="yes">
        <source>%n country(ies) to choose from.</source>
        <translation>
            <numerusform>На выбор %n страна.</numerusform>
            <numerusform>На выбор %n страны.</numerusform>
            <numerusform>На выбор %n стран.</numerusform>
        </translation>
    </message>
    <message>
        <source>From when you press Connect until you press Disconnect, nothing leaves this computer outside the tunnel.</source>
        <translation>С нажатия «Подключить» и до нажатия «Отключить» мимо туннеля с этого компьютера ничего не уходит.</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Подключить</translation>
    </message>
    <message>
        <source>Look around first</source>
        <translation>Сначала осмотреться</translation>
    </message>
    <message>
        <source>Step %1</source>
        <translation>Шаг %1</translation>
    </message>
    <message>
        <source>You can connect</source>
        <translation>Можно подключаться</translation>
    </message>
    <message>
        <source>Who sees what</source>
        <translation>Кто что видит</translation>
    </message>
    <message>
        <source>This invitation is for sharing a connection: open it with HiggsNode.</source>
        <translation>Это приглашение раздавать интернет: откройте его в HiggsNode.</translation>
    </message>
    <message>
        <source>The invitation&apos;s access key is not good any more. Ask for another invitation, or enter a key.</source>
        <translation>Ключ доступа из приглашения больше не действует. Попросите новое приглашение или введите ключ.</translation>
    </message>
    <message>
        <source>Check words: ask whoever invited you for theirs, and compare</source>
        <translation>Проверочные слова: спросите их у того, кто вас пригласил, и сравните</translation>
    </message>
    <message>
        <source>An access key of your own comes with it.</source>
        <translation>К нему прилагается ваш личный ключ доступа.</translation>
    </message>
    <message>
        <source>An invitation that says it is from “%1”. This server decides which homes your traffic leaves from: accept only if you expected it.</source>
        <translation>Приглашение, в котором сказано, что оно от «%1». Этот сервер решает, через чьи дома пойдёт ваш трафик: принимайте, только если вы его ждали.</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::MainWindow</name>
    <message>
        <source>Menu</source>
        <translation>Меню</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Настройки</translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation>Диагностика</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>Who sees what</source>
        <translation>Кто что видит</translation>
    </message>
    <message>
        <source>Keyboard</source>
        <translation>Клавиатура</translation>
    </message>
    <message>
        <source>Leak receipt</source>
        <translation>Отчёт об утечках</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::Picker</name>
    <message>
        <source>Choose a country</source>
        <translation>Выбор страны</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Назад</translation>
    </message>
    <message>
        <source>Search countries</source>
        <translation>Найти страну</translation>
    </message>
    <message>
        <source>Countries</source>
        <translation>Страны</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>The list of countries could not be loaded</source>
        <translation>Не удалось загрузить список стран</translation>
    </message>
    <message>
        <source>The server or the background service does not answer. What you have chosen stays as it is.</source>
        <translation>Сервер или фоновая служба не отвечает. Ваш выбор остаётся прежним.</translation>
    </message>
    <message>
        <source>Looking for countries</source>
        <translation>Загружаем список стран</translation>
    </message>
    <message>
        <source>Nobody shares a connection at the moment</source>
        <translation>Сейчас никто не делится подключением</translation>
    </message>
    <message>
        <source>Countries appear here as soon as somebody does.</source>
        <translation>Страны появятся, когда кто-нибудь включит раздачу.</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Ничего не найдено</translation>
    </message>
    <message>
        <source>Try another name, or a two-letter code such as DE.</source>
        <translation>Попробуйте другое название или двухбуквенный код, например DE.</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Подключить</translation>
    </message>
    <message>
        <source>Remove from favourites	Ctrl+D</source>
        <translation>Убрать из избранного	Ctrl+D</translation>
    </message>
    <message>
        <source>Add to favourites	Ctrl+D</source>
        <translation>В избранное	Ctrl+D</translation>
    </message>
    <message>
        <source>Hide regions</source>
        <translation>Скрыть регионы</translation>
    </message>
    <message>
        <source>Show regions</source>
        <translation>Показать регионы</translation>
    </message>
    <message>
        <source>As of %1. It may have changed since.</source>
        <comment>%1: a time</comment>
        <translation>Данные на %1, с тех пор они могли измениться.</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::PickerModel</name>
    <message>
        <source>round trip %1</source>
        <translation>задержка %1</translation>
    </message>
    <message>
        <source>not available</source>
        <translation>недоступно</translation>
    </message>
    <message>
        <source>favourite</source>
        <translation>в избранном</translation>
    </message>
    <message>
        <source>regions shown</source>
        <translation>регионы показаны</translation>
    </message>
    <message>
        <source>regions hidden</source>
        <translation>регионы скрыты</translation>
    </message>
    <message>
        <source>A round trip to the home you had, in your last sessions there.</source>
        <translation>Отклик узла в ваших последних подключениях там.</translation>
    </message>
    <message>
        <source>An estimate of a round trip to the home: your own way to the server, and the home&apos;s.</source>
        <translation>Оценка отклика узла: ваш путь до сервера и путь узла до сервера.</translation>
    </message>
    <message>
        <source>may have changed</source>
        <translation>данные могли измениться</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::PlaceButton</name>
    <message>
        <source>Country: %1</source>
        <comment>%1: a country, or the fastest</comment>
        <translation>Страна: %1</translation>
    </message>
    <message>
        <source>Opens the list of countries</source>
        <translation>Открывает список стран</translation>
    </message>
    <message>
        <source>Choose another country (Ctrl+F)</source>
        <translation>Выбрать другую страну (Ctrl+F)</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::ReceiptPage</name>
    <message>
        <source>Save the receipt</source>
        <translation>Сохранить отчёт</translation>
    </message>
    <message>
        <source>Leak receipt</source>
        <translation>Отчёт об утечках</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Скопировано</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Копировать</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Сохранить…</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>Настройки</translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation>Диагностика</translation>
    </message>
    <message>
        <source>HiggsVPN %1, service %2. Free software under the GNU General Public License, version 3 or later.</source>
        <translation>HiggsVPN %1, служба %2. Свободная программа по лицензии GNU GPL версии 3 или новее.</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>неизвестна</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::StatePage</name>
    <message>
        <source>Close</source>
        <translation>Закрыть</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::ViaChoice</name>
    <message>
        <source>Enter through</source>
        <comment>the first country of two hops</comment>
        <translation>Вход через</translation>
    </message>
    <message>
        <source>None: one hop</source>
        <translation>Нет: один узел</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::VpnTray</name>
    <message>
        <source>Recent countries</source>
        <translation>Недавние страны</translation>
    </message>
    <message>
        <source>Open HiggsVPN</source>
        <translation>Открыть HiggsVPN</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>HiggsVPN goes on</source>
        <translation>HiggsVPN продолжает работать</translation>
    </message>
    <message>
        <source>The window is closed, the tunnel stays as it is. Click the icon in the panel to open the window again.</source>
        <translation>Окно закрыто, туннель остаётся как есть. Чтобы снова открыть окно, нажмите на значок в панели.</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::WayRibbon</name>
    <message>
        <source>not yet</source>
        <comment>a step of the way</comment>
        <translation>ещё нет</translation>
    </message>
    <message>
        <source>on its way</source>
        <comment>a step of the way</comment>
        <translation>подключается</translation>
    </message>
    <message>
        <source>done</source>
        <comment>a step of the way</comment>
        <translation>готово</translation>
    </message>
    <message>
        <source>broken</source>
        <comment>a step of the way</comment>
        <translation>обрыв</translation>
    </message>
    <message>
        <source>You</source>
        <comment>the first step of the way</comment>
        <translation>Вы</translation>
    </message>
    <message>
        <source>Server</source>
        <comment>a step of the way</comment>
        <translation>Сервер</translation>
    </message>
    <message>
        <source>Home</source>
        <comment>a step of the way</comment>
        <translation>Дом</translation>
    </message>
    <message>
        <source>Site</source>
        <comment>the last step of the way</comment>
        <translation>Сайт</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>%1: a step of the way; %2: done, broken, ...</comment>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>higgs::vpn::checkText</name>
    <message>
        <source>The service runs</source>
        <translation>Служба работает</translation>
    </message>
    <message>
        <source>The service does not run as it should</source>
        <translation>Служба работает неправильно</translation>
    </message>
    <message>
        <source>The service may build a tunnel</source>
        <translation>Служба может создавать туннели</translation>
    </message>
    <message>
        <source>The service lacks the right to build a tunnel</source>
        <translation>У службы нет права создавать туннели</translation>
    </message>
    <message>
        <source>The server answers</source>
        <translation>Сервер отвечает</translation>
    </message>
    <message>
        <source>The server does not answer</source>
        <translation>Сервер не отвечает</translation>
    </message>
    <message>
        <source>Nothing is wrong with the tunnel</source>
        <translation>С туннелем всё в порядке</translation>
    </message>
    <message>
        <source>The tunnel is down</source>
        <translation>Туннель не работает</translation>
    </message>
    <message>
        <source>The kill switch is as it should be</source>
        <translation>Защита от утечек в порядке</translation>
    </message>
    <message>
        <source>The kill switch is not as it should be</source>
        <translation>Защита от утечек не в порядке</translation>
    </message>
    <message>
        <source>DNS answers</source>
        <translation>DNS отвечает</translation>
    </message>
    <message>
        <source>DNS does not answer</source>
        <translation>DNS не отвечает</translation>
    </message>
    <message>
        <source>The second barrier is as it should be</source>
        <translation>Второй барьер в порядке</translation>
    </message>
    <message>
        <source>A network card has one barrier, not two</source>
        <translation>У сетевой карты один барьер, а не два</translation>
    </message>
    <message>
        <source>Guests that share the network card are blocked</source>
        <translation>Гости, которые делят сетевую карту, заблокированы</translation>
    </message>
    <message>
        <source>Guests of this computer that share its network card are outside the tunnel</source>
        <translation>Гости этого компьютера, которые делят его сетевую карту, — вне туннеля</translation>
    </message>
    <message>
        <source>The router in front of this computer</source>
        <translation>Роутер перед этим компьютером</translation>
    </message>
    <message>
        <source>The way to the exit</source>
        <translation>Путь к узлу</translation>
    </message>
    <message>
        <source>The port at the router</source>
        <translation>Порт на роутере</translation>
    </message>
</context>
</TS>
