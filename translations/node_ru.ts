<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ru" sourcelanguage="en">
<context>
    <name>ConsentCards</name>
    <message>
        <source>Guests browse the Internet through your line. Websites see your address instead of theirs.</source>
        <translation>Гости выходят в интернет через ваше подключение. Сайты видят ваш адрес, а не их.</translation>
    </message>
    <message>
        <source>This computer does not write down who they are or where they go.</source>
        <translation>Этот компьютер не записывает, кто они и куда заходят.</translation>
    </message>
    <message>
        <source>What a guest does can be taken for yours. Share only if your provider&apos;s terms and the law where you live allow it.</source>
        <translation>Действия гостя могут принять за ваши. Раздавайте интернет, только если это разрешают договор с провайдером и законы вашей страны.</translation>
    </message>
    <message>
        <source>You switch it on and off. It keeps to your limits, and it can pause by itself.</source>
        <translation>Включаете и выключаете вы. Раздача соблюдает ваши ограничения и умеет сама вставать на паузу.</translation>
    </message>
    <message>
        <source>Computers, printers, cameras and TVs in your home.</source>
        <translation>Компьютеры, принтеры, камеры и телевизоры у вас дома.</translation>
    </message>
    <message>
        <source>Your router and its settings page.</source>
        <translation>Ваш роутер и страница его настроек.</translation>
    </message>
    <message>
        <source>This computer itself: its files, programs and screen.</source>
        <translation>Сам этот компьютер: файлы, программы, экран.</translation>
    </message>
    <message>
        <source>Other guests.</source>
        <translation>Другие гости.</translation>
    </message>
    <message>
        <source>Mail servers and Windows file sharing anywhere, so that nobody sends spam from your address.</source>
        <translation>Почтовые серверы и общие папки Windows где бы то ни было, чтобы с вашего адреса не рассылали спам.</translation>
    </message>
</context>
<context>
    <name>HomeCertificate</name>
    <message>
        <source>reached, as it must be</source>
        <translation>доступен, как и должен</translation>
    </message>
    <message>
        <source>Guests stay out of this home</source>
        <translation>Гости не попадут в этот дом</translation>
    </message>
    <message>
        <source>The computer “%1” shares this home&apos;s Internet connection with people from elsewhere. Their traffic leaves from here. Into the home it cannot go: before each start the computer attacks the home in a guest&apos;s place, and shares nothing if one attempt gets through.</source>
        <comment>a computer&apos;s name</comment>
        <translation>Компьютер «%1» раздаёт интернет этого дома людям из других мест. Их трафик выходит отсюда, но в сам дом попасть не может: перед каждым запуском компьютер нападает на дом с места гостя и ничего не раздаёт, если удалась хоть одна попытка.</translation>
    </message>
    <message numerus="yes">
        <source>Tested on %1. %n way(s) in were tried, and none is open:</source>
        <comment>%1: a day and a time</comment>
        <translation>
            <numerusform>Проверено %1. Испытан %n путь в дом, ни один не открыт:</numerusform>
            <numerusform>Проверено %1. Испытаны %n пути в дом, ни один не открыт:</numerusform>
            <numerusform>Проверено %1. Испытано %n путей в дом, ни один не открыт:</numerusform>
        </translation>
    </message>
    <message>
        <source>While it shares, the computer watches the rules that keep guests out, and stops sharing when another program changes them. Who the guests are and where they go is not kept.</source>
        <translation>Пока раздача идёт, компьютер следит за правилами, которые не пускают гостей в дом, и прекращает её, если их изменит другая программа. Кто эти гости и куда они ходят, не записывается.</translation>
    </message>
    <message>
        <source>What guests do can be taken for yours: their traffic has your address. Whoever does not want that switches it off in HiggsNode, on “%1”.</source>
        <comment>a computer&apos;s name</comment>
        <translation>Действия гостей могут принять за ваши: у их трафика ваш адрес. Кто этого не хочет, выключает раздачу в HiggsNode на компьютере «%1».</translation>
    </message>
    <message numerus="yes">
        <source>%n tries, none got in</source>
        <translation>
            <numerusform>%n попытка, не удалась</numerusform>
            <numerusform>%n попытки, ни одна не удалась</numerusform>
            <numerusform>%n попыток, ни одна не удалась</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LimitRows</name>
    <message>
        <source>No limit</source>
        <translation>Без лимита</translation>
    </message>
    <message>
        <source>Guests download at most</source>
        <translation>Гости скачивают не быстрее</translation>
    </message>
    <message>
        <source> Mbit/s</source>
        <comment>unit after a number</comment>
        <translation> Мбит/с</translation>
    </message>
    <message>
        <source>Guests upload at most</source>
        <translation>Гости отправляют не быстрее</translation>
    </message>
    <message>
        <source>Guests at once</source>
        <translation>Гостей одновременно</translation>
    </message>
    <message>
        <source>Guests use at most</source>
        <translation>Гости расходуют не больше</translation>
    </message>
    <message>
        <source>Both directions together. Each byte passes your line twice, in on one side and out on the other: with a plan of 100 GB set 50.</source>
        <translation>В обе стороны вместе. Каждый байт проходит по вашей линии дважды — туда и обратно: если в тарифе 100 ГБ, поставьте 50.</translation>
    </message>
    <message>
        <source> GB</source>
        <comment>unit after a number</comment>
        <translation> ГБ</translation>
    </message>
</context>
<context>
    <name>NodeFigures</name>
    <message>
        <source>d MMMM</source>
        <comment>a day without its year, as in QLocale&apos;s formats</comment>
        <translation>d MMMM</translation>
    </message>
    <message>
        <source>tomorrow at %1</source>
        <translation>завтра в %1</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>только что</translation>
    </message>
    <message>
        <source>a minute ago</source>
        <translation>минуту назад</translation>
    </message>
    <message numerus="yes">
        <source>%n minutes ago</source>
        <translation>
            <numerusform>%n минуту назад</numerusform>
            <numerusform>%n минуты назад</numerusform>
            <numerusform>%n минут назад</numerusform>
        </translation>
    </message>
    <message>
        <source>today at %1</source>
        <translation>сегодня в %1</translation>
    </message>
    <message>
        <source>yesterday at %1</source>
        <translation>вчера в %1</translation>
    </message>
    <message>
        <source>%1 at %2</source>
        <comment>a date and a time: 1 November at 18:00</comment>
        <translation>%1 в %2</translation>
    </message>
    <message>
        <source>%1 Mbit/s</source>
        <translation>%1 Мбит/с</translation>
    </message>
    <message>
        <source>on Monday at %1</source>
        <translation>в понедельник в %1</translation>
    </message>
    <message>
        <source>on Tuesday at %1</source>
        <translation>во вторник в %1</translation>
    </message>
    <message>
        <source>on Wednesday at %1</source>
        <translation>в среду в %1</translation>
    </message>
    <message>
        <source>on Thursday at %1</source>
        <translation>в четверг в %1</translation>
    </message>
    <message>
        <source>on Friday at %1</source>
        <translation>в пятницу в %1</translation>
    </message>
    <message>
        <source>on Saturday at %1</source>
        <translation>в субботу в %1</translation>
    </message>
    <message>
        <source>on Sunday at %1</source>
        <translation>в воскресенье в %1</translation>
    </message>
    <message>
        <source>at %1</source>
        <comment>a time</comment>
        <translation>в %1</translation>
    </message>
    <message>
        <source>on %1</source>
        <comment>a date: 1 December</comment>
        <translation>%1</translation>
    </message>
    <message>
        <source>yesterday</source>
        <translation>вчера</translation>
    </message>
</context>
<context>
    <name>NodeNews</name>
    <message>
        <source>Sharing again</source>
        <translation>Раздача снова идёт</translation>
    </message>
    <message>
        <source>What was wrong has gone, and guests can come.</source>
        <translation>Помеха исчезла, гости снова могут подключаться.</translation>
    </message>
    <message>
        <source>A guest was held</source>
        <translation>Гость остановлен</translation>
    </message>
    <message>
        <source>It tried very many addresses in a short time, as worms do.</source>
        <translation>Он перебирал слишком много адресов подряд, как делают сетевые черви.</translation>
    </message>
</context>
<context>
    <name>NodeWords</name>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n гость</numerusform>
            <numerusform>%n гостя</numerusform>
            <numerusform>%n гостей</numerusform>
        </translation>
    </message>
    <message>
        <source>Not sharing</source>
        <translation>Раздача выключена</translation>
    </message>
    <message>
        <source>The settings cannot be read, and may have forbidden it, so nothing is shared. Set your limits again, then switch sharing on: the damaged file is kept.</source>
        <translation>Настройки не читаются, а в них мог быть запрет, поэтому ничего не раздаётся. Задайте ограничения заново и включите раздачу: повреждённый файл сохранён.</translation>
    </message>
    <message>
        <source>Set the limits</source>
        <translation>Задать ограничения</translation>
    </message>
    <message>
        <source>See what sharing means and choose your limits first. Nothing is shared until you agree.</source>
        <translation>Сначала узнайте, что это значит, и выберите ограничения. Пока вы не согласитесь, ничего не раздаётся.</translation>
    </message>
    <message>
        <source>Begin</source>
        <translation>Начать</translation>
    </message>
    <message>
        <source>No server is set, and without one no guest finds you.</source>
        <translation>Сервер не указан, а без него гости вас не найдут.</translation>
    </message>
    <message>
        <source>Set the server</source>
        <translation>Указать сервер</translation>
    </message>
    <message>
        <source>Nobody uses your connection.</source>
        <translation>Вашим подключением никто не пользуется.</translation>
    </message>
    <message>
        <source>Nobody can reach you</source>
        <translation>Гости не могут подключиться</translation>
    </message>
    <message>
        <source>Find out why</source>
        <translation>Узнать причину</translation>
    </message>
    <message>
        <source>Ready for guests</source>
        <translation>Ждём гостей</translation>
    </message>
    <message>
        <source>Nobody is here at the moment.</source>
        <translation>Пока никого.</translation>
    </message>
    <message>
        <source>Sharing with one guest</source>
        <translation>У вас один гость</translation>
    </message>
    <message numerus="yes">
        <source>Sharing with %n guests</source>
        <translation>
            <numerusform>У вас %n гость</numerusform>
            <numerusform>У вас %n гостя</numerusform>
            <numerusform>У вас %n гостей</numerusform>
        </translation>
    </message>
    <message>
        <source>You need the line yourself, so guests are held back.</source>
        <translation>Подключение нужно вам самим, поэтому гости уступают.</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>Resume now</source>
        <translation>Возобновить</translation>
    </message>
    <message>
        <source>Outside your hours</source>
        <translation>Вне расписания</translation>
    </message>
    <message>
        <source>Your schedule has no hour in which to share.</source>
        <translation>В расписании нет ни одного часа для раздачи.</translation>
    </message>
    <message>
        <source>Change the schedule</source>
        <translation>Изменить расписание</translation>
    </message>
    <message>
        <source>Guests have used %1, as much as you allow in a month.</source>
        <translation>Гости израсходовали %1 — столько вы разрешаете в месяц.</translation>
    </message>
    <message>
        <source>Change the limit</source>
        <translation>Изменить ограничение</translation>
    </message>
    <message>
        <source>Full: %1</source>
        <comment>%1: 3 guests</comment>
        <translation>Мест нет: %1</translation>
    </message>
    <message>
        <source>As many as you allow are here. When one leaves, another can come.</source>
        <translation>Здесь столько гостей, сколько вы разрешаете. Когда один уйдёт, сможет прийти другой.</translation>
    </message>
    <message>
        <source>No new guests for now</source>
        <translation>Новых гостей пока не будет</translation>
    </message>
    <message>
        <source>The server&apos;s operator is at work on something. Guests who are here stay.</source>
        <translation>На сервере идут работы. Те, кто уже здесь, остаются.</translation>
    </message>
    <message>
        <source>On battery</source>
        <translation>Питание от батареи</translation>
    </message>
    <message>
        <source>Nothing is shared, as you wished. Sharing goes on by itself when the computer is plugged in.</source>
        <translation>Раздача остановлена, как вы и хотели. Она возобновится сама, когда компьютер подключат к сети.</translation>
    </message>
    <message>
        <source>On a metered connection</source>
        <translation>Лимитное подключение</translation>
    </message>
    <message>
        <source>Nothing is shared, as you wished. Sharing goes on by itself on a connection that is not paid by volume.</source>
        <translation>Раздача остановлена, как вы и хотели. Она возобновится сама на безлимитном подключении.</translation>
    </message>
    <message>
        <source>Sharing is limited</source>
        <translation>Раздача ограничена</translation>
    </message>
    <message>
        <source>The service gives a reason that this window does not know.</source>
        <translation>Служба назвала причину, которая этому окну неизвестна.</translation>
    </message>
    <message>
        <source>Getting ready</source>
        <translation>Подготовка</translation>
    </message>
    <message>
        <source>The safety test attacks your home network the way a bad guest would.</source>
        <translation>Проверка безопасности атакует домашнюю сеть так, как это сделал бы злоумышленник в гостях.</translation>
    </message>
    <message>
        <source>First the safety test, then the server is told that you share.</source>
        <translation>Сначала проверка безопасности. Гости смогут прийти только после неё.</translation>
    </message>
    <message>
        <source>Looking for the service</source>
        <translation>Поиск службы</translation>
    </message>
    <message>
        <source>The service does not answer</source>
        <translation>Служба не отвечает</translation>
    </message>
    <message>
        <source>You may not control HiggsNode</source>
        <translation>Нет прав на управление HiggsNode</translation>
    </message>
    <message>
        <source>HiggsNode needs a restart</source>
        <translation>Нужно перезапустить HiggsNode</translation>
    </message>
    <message>
        <source>%1, %2 today</source>
        <comment>%1: 3 guests; %2: 1.2 GB</comment>
        <translation>%1, сегодня %2</translation>
    </message>
    <message>
        <source>no guests</source>
        <translation>гостей нет</translation>
    </message>
    <message>
        <source>Not tested yet</source>
        <translation>Ещё не проверена</translation>
    </message>
    <message>
        <source>Passed</source>
        <comment>the safety test</comment>
        <translation>Проверена</translation>
    </message>
    <message>
        <source>Failed</source>
        <comment>the safety test</comment>
        <translation>Нарушена</translation>
    </message>
    <message numerus="yes">
        <source>%n h a week</source>
        <comment>hours in which is shared</comment>
        <translation>
            <numerusform>%n&#xa0;ч в неделю</numerusform>
            <numerusform>%n&#xa0;ч в неделю</numerusform>
            <numerusform>%n&#xa0;ч в неделю</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 a month</source>
        <translation>%1 в месяц</translation>
    </message>
    <message>
        <source>Testing…</source>
        <translation>Идёт проверка…</translation>
    </message>
    <message>
        <source>Volume used up</source>
        <translation>Месячный лимит исчерпан</translation>
    </message>
    <message>
        <source>Sharing is on, but guests do not get through to this computer. HiggsNode keeps trying.</source>
        <translation>Раздача включена, но гости не могут пробиться к этому компьютеру. HiggsNode продолжает пытаться.</translation>
    </message>
    <message>
        <source>There is no connection to the server %1. HiggsNode keeps trying; check your own Internet connection meanwhile.</source>
        <translation>Нет связи с сервером %1. HiggsNode продолжает попытки, а вы пока проверьте свой интернет.</translation>
    </message>
    <message>
        <source>Nobody uses your connection. Sharing goes on by itself %1.</source>
        <comment>%1: a moment, as in tomorrow at 06:00</comment>
        <translation>Вашим подключением никто не пользуется. Раздача возобновится сама %1.</translation>
    </message>
    <message>
        <source>Your schedule shares again %1.</source>
        <comment>%1: a moment, as in on Monday at 18:00</comment>
        <translation>По расписанию раздача начнётся %1.</translation>
    </message>
    <message>
        <source>A new month begins %1.</source>
        <comment>%1: a moment, as in on 1 December</comment>
        <translation>Новый месяц начнётся %1.</translation>
    </message>
    <message>
        <source>Sharing goes on by itself %1.</source>
        <comment>%1: a moment</comment>
        <translation>Раздача возобновится сама %1.</translation>
    </message>
    <message>
        <source>Passed %1</source>
        <comment>the safety test; %1: at 14:30</comment>
        <translation>Проверена %1</translation>
    </message>
    <message numerus="yes">
        <source>%n guests at once</source>
        <comment>the owner&apos;s limit</comment>
        <translation>
            <numerusform>%n гость одновременно</numerusform>
            <numerusform>%n гостя одновременно</numerusform>
            <numerusform>%n гостей одновременно</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 to them</source>
        <comment>%1: 20 Mbit/s</comment>
        <translation>%1 к ним</translation>
    </message>
    <message>
        <source>%1 from them</source>
        <comment>%1: 20 Mbit/s</comment>
        <translation>%1 от них</translation>
    </message>
    <message>
        <source>At most: %1.</source>
        <comment>%1: 5 guests at once, 20 Mbit/s, 100 GB a month</comment>
        <translation>Не больше: %1.</translation>
    </message>
    <message>
        <source>Up to %1</source>
        <comment>%1: 20 Mbit/s, in each direction</comment>
        <translation>До %1</translation>
    </message>
    <message>
        <source>%1 Mbit/s</source>
        <comment>%1: ↓ 20 ↑ 5</comment>
        <translation>%1 Мбит/с</translation>
    </message>
    <message>
        <source>They go online through your connection.</source>
        <translation>Они выходят в интернет через ваше подключение.</translation>
    </message>
    <message>
        <source>Then guests come. They reach the Internet, and nothing in your home.</source>
        <translation>Потом придут гости. Им открыт только интернет, а не ваш дом.</translation>
    </message>
    <message>
        <source>They go online from %1 through your connection.</source>
        <comment>%1: a country</comment>
        <translation>Они выходят в интернет через ваше подключение (%1).</translation>
    </message>
    <message>
        <source>Your home stays out of reach.</source>
        <translation>Ваш дом для гостей закрыт.</translation>
    </message>
    <message>
        <source>First a test tries to get into your home. If anything answers, nothing is shared.</source>
        <translation>Сначала проверка пытается пробраться в ваш дом. Если получится, раздача не начнётся.</translation>
    </message>
    <message>
        <source>Now: %1 directly, %2 through the server.</source>
        <comment>numbers of guests</comment>
        <translation>Сейчас: напрямую %1, через сервер %2.</translation>
    </message>
    <message>
        <source>Guests from before stay connected.</source>
        <translation>Гости, пришедшие раньше, остаются на связи.</translation>
    </message>
</context>
<context>
    <name>ProblemWords</name>
    <message>
        <source>Try again</source>
        <translation>Повторить</translation>
    </message>
    <message>
        <source>The server</source>
        <translation>Сервер</translation>
    </message>
    <message>
        <source>This is not the server you trust</source>
        <translation>Это не тот сервер, которому вы доверяете</translation>
    </message>
    <message>
        <source>%1 shows a certificate that does not fit, so nothing was told to it. Ask its operator before you change anything.</source>
        <translation>%1 предъявляет чужой сертификат, поэтому ему ничего не передано. Прежде чем что-то менять, спросите оператора сервера.</translation>
    </message>
    <message>
        <source>Look at the server</source>
        <translation>Открыть настройки сервера</translation>
    </message>
    <message>
        <source>Is this computer&apos;s clock right?</source>
        <translation>Часы этого компьютера верны?</translation>
    </message>
    <message>
        <source>The certificate of %1 is not valid at the time that the clock shows. Set date and time. If they are right, tell the server&apos;s operator.</source>
        <translation>Сертификат %1 недействителен на время, которое показывают часы. Установите дату и время. Если они верны, сообщите оператору сервера.</translation>
    </message>
    <message>
        <source>The access key is not accepted</source>
        <translation>Ключ доступа не принят</translation>
    </message>
    <message>
        <source>The server wants an access key</source>
        <translation>Серверу нужен ключ доступа</translation>
    </message>
    <message>
        <source>Its operator gives you one. Nothing is shared until then.</source>
        <translation>Ключ выдаёт оператор сервера. Пока его нет, ничего не раздаётся.</translation>
    </message>
    <message>
        <source>Enter the access key</source>
        <translation>Ввести ключ доступа</translation>
    </message>
    <message>
        <source>The server knows another computer by this name</source>
        <translation>Сервер знает другой компьютер под этим именем</translation>
    </message>
    <message>
        <source>It happens when the data of a node is copied or lost. The server&apos;s operator can remove the old one.</source>
        <translation>Так бывает, если данные программы скопировали или потеряли. Оператор сервера может удалить старую запись.</translation>
    </message>
    <message>
        <source>Waiting to be let in</source>
        <translation>Ждём одобрения</translation>
    </message>
    <message>
        <source>The server&apos;s operator approves new homes by hand. Sharing begins by itself after that.</source>
        <translation>Оператор сервера одобряет новые дома вручную. После этого раздача начнётся сама.</translation>
    </message>
    <message>
        <source>The server refuses this home</source>
        <translation>Сервер отказал этому дому</translation>
    </message>
    <message>
        <source>No server is set</source>
        <translation>Сервер не указан</translation>
    </message>
    <message>
        <source>A server introduces guests to you. Its operator gives you an address or an invitation.</source>
        <translation>Сервер направляет к вам гостей. Адрес или приглашение даёт его оператор.</translation>
    </message>
    <message>
        <source>Set the server</source>
        <translation>Указать сервер</translation>
    </message>
    <message>
        <source>The service lacks a right</source>
        <translation>Службе не хватает прав</translation>
    </message>
    <message>
        <source>It may not build tunnels on this computer, so nothing is shared. Installing it again puts that right.</source>
        <translation>Ей нельзя создавать туннели на этом компьютере, поэтому ничего не раздаётся. Поможет повторная установка.</translation>
    </message>
    <message>
        <source>Find out why</source>
        <translation>Узнать причину</translation>
    </message>
    <message>
        <source>The tunnel could not be built</source>
        <translation>Не удалось создать туннель</translation>
    </message>
    <message>
        <source>The protection of your home could not be put in force</source>
        <translation>Не удалось включить защиту вашего дома</translation>
    </message>
    <message>
        <source>Not safe to share</source>
        <translation>Небезопасно</translation>
    </message>
    <message>
        <source>The safety test got through to something that guests must never reach, so nothing is shared.</source>
        <translation>Проверка добралась до того, что гостям должно быть недоступно. Раздача остановлена.</translation>
    </message>
    <message>
        <source>See what was reached</source>
        <translation>Что оказалось доступно</translation>
    </message>
    <message>
        <source>Something is wrong</source>
        <translation>Что-то не так</translation>
    </message>
    <message>
        <source>The service does not say what, and nothing is shared.</source>
        <translation>Служба не говорит, что именно. Ничего не раздаётся.</translation>
    </message>
    <message>
        <source>The service calls it “%1”, which this window does not know.</source>
        <translation>Служба называет это «%1», но окну такая причина неизвестна.</translation>
    </message>
    <message>
        <source>Server not answering</source>
        <translation>Сервер не отвечает</translation>
    </message>
    <message>
        <source>%1 cannot be reached. HiggsNode keeps trying; check your own Internet connection meanwhile.</source>
        <translation>Не удаётся связаться с %1. HiggsNode продолжает попытки, а вы пока проверьте свой интернет.</translation>
    </message>
    <message>
        <source>Nothing is shared. The server&apos;s operator can tell why.</source>
        <translation>Ничего не раздаётся. Почему — знает оператор сервера.</translation>
    </message>
    <message>
        <source>Nothing is shared. The server says: “%1”.</source>
        <translation>Ничего не раздаётся. Ответ сервера: «%1».</translation>
    </message>
    <message>
        <source>Guests would have no Internet</source>
        <translation>У гостей не было бы интернета</translation>
    </message>
    <message>
        <source>Another firewall on this computer, or its routes, stand in their way. Nothing is shared.</source>
        <translation>Им мешает другой межсетевой экран этого компьютера или его маршруты. Ничего не раздаётся.</translation>
    </message>
    <message>
        <source>So nothing is shared. Diagnostics in the menu tells more.</source>
        <translation>Поэтому ничего не раздаётся. Подробности — в меню, «Диагностика».</translation>
    </message>
    <message>
        <source>See the test</source>
        <translation>Посмотреть проверку</translation>
    </message>
    <message>
        <source>Nothing is shared. The service has put back what it had begun; Diagnostics in the menu tells more.</source>
        <translation>Ничего не раздаётся. Служба вернула всё, как было. Подробности — в меню, «Диагностика».</translation>
    </message>
    <message>
        <source>Something changed the rules that keep guests out of your home, so nothing is shared.</source>
        <translation>Какая-то программа изменила правила, которые не пускают гостей в ваш дом. Раздача остановлена.</translation>
    </message>
    <message>
        <source>New ones cannot come: the server refuses this home. Its operator can tell why.</source>
        <translation>Новые прийти не могут: сервер отказал этому дому. Причину может назвать оператор сервера.</translation>
    </message>
    <message>
        <source>New ones cannot come. The server says: “%1”.</source>
        <translation>Новые прийти не могут. Сервер говорит: «%1».</translation>
    </message>
    <message>
        <source>New ones cannot come: they do not get through to this computer.</source>
        <translation>Новые прийти не могут: они не пробиваются к этому компьютеру.</translation>
    </message>
    <message>
        <source>New ones cannot come: there is no connection to the server.</source>
        <translation>Новые прийти не могут: нет связи с сервером.</translation>
    </message>
    <message>
        <source>New ones cannot come: what answers shows a certificate that is not your server&apos;s.</source>
        <translation>Новые прийти не могут: тот, кто отвечает, показывает сертификат не вашего сервера.</translation>
    </message>
    <message>
        <source>New ones cannot come: the server&apos;s certificate is not valid at the time that this computer&apos;s clock shows.</source>
        <translation>Новые прийти не могут: сертификат сервера недействителен на время, которое показывают часы этого компьютера.</translation>
    </message>
    <message>
        <source>New ones cannot come: the server does not accept the access key any more.</source>
        <translation>Новые прийти не могут: сервер больше не принимает ключ доступа.</translation>
    </message>
    <message>
        <source>New ones cannot come: the server wants an access key now.</source>
        <translation>Новые прийти не могут: теперь серверу нужен ключ доступа.</translation>
    </message>
    <message>
        <source>New ones cannot come: the server knows another computer by the name of this one.</source>
        <translation>Новые прийти не могут: под именем этого компьютера сервер знает другой.</translation>
    </message>
    <message>
        <source>New ones can come when the server&apos;s operator has approved this home.</source>
        <translation>Новые смогут прийти, когда оператор сервера одобрит этот дом.</translation>
    </message>
    <message>
        <source>New ones cannot come, and the service does not say why.</source>
        <translation>Новые прийти не могут, и служба не говорит почему.</translation>
    </message>
    <message>
        <source>New ones cannot come. The service calls it “%1”, which this window does not know.</source>
        <translation>Новые прийти не могут. Служба называет это «%1», а окно такого слова не знает.</translation>
    </message>
</context>
<context>
    <name>ProviderLetter</name>
    <message>
        <source>d MMMM yyyy</source>
        <comment>a day, as in QLocale&apos;s formats</comment>
        <translation>d MMMM yyyy &apos;г.&apos;</translation>
    </message>
    <message>
        <source>%1 UTC</source>
        <comment>a time</comment>
        <translation>%1 по UTC</translation>
    </message>
    <message>
        <source>%1, %2 to %3</source>
        <comment>a day and two times</comment>
        <translation>%1, с %2 до %3</translation>
    </message>
    <message>
        <source>This computer does not know: it has counted nothing yet.</source>
        <translation>Этот компьютер не знает: он ещё ничего не считал.</translation>
    </message>
    <message>
        <source>This computer does not know: it counts since %1, %2.</source>
        <comment>a day and a time</comment>
        <translation>Этот компьютер не знает: он считает с %1, %2.</translation>
    </message>
    <message>
        <source>Nothing was shared.</source>
        <translation>Ничего не раздавалось.</translation>
    </message>
    <message>
        <source>Shared: %1 from guests and %2 to them.</source>
        <translation>Раздача шла: %1 от гостей и %2 гостям.</translation>
    </message>
    <message numerus="yes">
        <source>%n guests came in this hour.</source>
        <translation>
            <numerusform>За этот час пришёл %n гость.</numerusform>
            <numerusform>За этот час пришли %n гостя.</numerusform>
            <numerusform>За этот час пришло %n гостей.</numerusform>
        </translation>
    </message>
    <message>
        <source>Hello,</source>
        <translation>Здравствуйте!</translation>
    </message>
    <message>
        <source>you wrote to me about traffic that left from my connection on %1 at %2 UTC.</source>
        <comment>a day and a time</comment>
        <translation>Вы написали мне о трафике, который вышел через моё подключение %1 в %2 по UTC.</translation>
    </message>
    <message>
        <source>I share this connection as an exit of a VPN, Higgs: the traffic of other people leaves from my address.</source>
        <translation>Я раздаю это подключение как выход VPN Higgs: с моего адреса выходит трафик других людей.</translation>
    </message>
    <message>
        <source>My computer has no record of the hour that you name.</source>
        <translation>О названном вами часе у моего компьютера нет записей.</translation>
    </message>
    <message>
        <source>In the hour of %1 it carried %2 from them and %3 to them.</source>
        <comment>a day and two times, and two amounts</comment>
        <translation>За час %1 через него прошло %2 от них и %3 к ним.</translation>
    </message>
    <message>
        <source>In the hour of %1 my computer recorded nothing that it carried for others.</source>
        <comment>a day and two times</comment>
        <translation>За час %1 мой компьютер не записал ничего, что передал бы для других.</translation>
    </message>
    <message>
        <source>It counts amounts by the hour. It keeps no record of who the guests are or of what they visit, so I cannot say more about it.</source>
        <translation>Он считает объёмы по часам. Он не хранит записей о том, кто эти гости и что они посещают, поэтому сказать больше я не могу.</translation>
    </message>
    <message>
        <source>Who may use the service is decided by the operator of %1.</source>
        <comment>a server&apos;s name</comment>
        <translation>Кому можно пользоваться службой, решает оператор сервера %1.</translation>
    </message>
    <message>
        <source>Kind regards</source>
        <comment>the end of a letter</comment>
        <translation>С уважением</translation>
    </message>
</context>
<context>
    <name>SafetyWords</name>
    <message>
        <source>Computers in your home</source>
        <translation>Компьютеры у вас дома</translation>
    </message>
    <message>
        <source>Your router</source>
        <translation>Ваш роутер</translation>
    </message>
    <message>
        <source>Your router&apos;s settings page</source>
        <translation>Страница настроек роутера</translation>
    </message>
    <message>
        <source>TVs, speakers and printers</source>
        <translation>Телевизоры, колонки, принтеры</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Этот компьютер</translation>
    </message>
    <message>
        <source>Other guests</source>
        <translation>Другие гости</translation>
    </message>
    <message>
        <source>Sending mail directly (spam)</source>
        <translation>Рассылка почты (спам)</translation>
    </message>
    <message>
        <source>Windows file sharing</source>
        <translation>Общие папки Windows</translation>
    </message>
    <message>
        <source>Special addresses, IPv4</source>
        <translation>Особые адреса IPv4</translation>
    </message>
    <message>
        <source>Special addresses, IPv6</source>
        <translation>Особые адреса IPv6</translation>
    </message>
    <message>
        <source>IPv4 written as IPv6</source>
        <translation>IPv4, записанный как IPv6</translation>
    </message>
    <message>
        <source>IPv4 through NAT64</source>
        <translation>IPv4 через NAT64</translation>
    </message>
    <message>
        <source>IPv4 through 6to4</source>
        <translation>IPv4 через 6to4</translation>
    </message>
    <message>
        <source>The Internet (must be open)</source>
        <translation>Интернет (должен работать)</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>отказ</translation>
    </message>
    <message>
        <source>no answer</source>
        <translation>нет ответа</translation>
    </message>
    <message>
        <source>reached</source>
        <translation>доступен</translation>
    </message>
    <message>
        <source>unclear</source>
        <translation>неясно</translation>
    </message>
    <message>
        <source>Not tested yet</source>
        <translation>Проверки ещё не было</translation>
    </message>
    <message>
        <source>Testing…</source>
        <translation>Идёт проверка…</translation>
    </message>
    <message>
        <source>Your home is out of reach</source>
        <translation>До вашего дома не добраться</translation>
    </message>
    <message>
        <source>Something could be reached</source>
        <translation>До чего-то удалось добраться</translation>
    </message>
    <message>
        <source>Forged sender addresses</source>
        <translation>Поддельный адрес отправителя</translation>
    </message>
    <message>
        <source>Other kinds of traffic</source>
        <translation>Прочие виды трафика</translation>
    </message>
    <message>
        <source>Cloud metadata addresses</source>
        <translation>Служебные адреса облаков</translation>
    </message>
    <message>
        <source>Guests would have no Internet</source>
        <translation>У гостей не было бы интернета</translation>
    </message>
    <message>
        <source>The protection was changed</source>
        <translation>Защита изменена</translation>
    </message>
    <message>
        <source>First look whether this computer itself is online. If it is, another firewall here loses what guests send: “Diagnostics” names its table.</source>
        <translation>Сначала проверьте, есть ли интернет у самого компьютера. Если есть, пакеты гостей теряет другой брандмауэр: его таблицу назовёт «Диагностика».</translation>
    </message>
    <message>
        <source>This could not be tried to its end. Test again; if it stays, send the report of “Diagnostics” to whoever helps you.</source>
        <translation>Эту попытку не удалось довести до конца. Проверьте ещё раз; если не поможет, отправьте отчёт «Диагностики» тому, кто вам помогает.</translation>
    </message>
    <message>
        <source>Something on this computer lets a guest&apos;s packets past HiggsNode: another firewall, or a rule of your own that accepts first. Take it away, or restart the service, and test again.</source>
        <translation>Что-то на этом компьютере пропускает пакеты гостя мимо HiggsNode: другой брандмауэр или ваше собственное разрешающее правило. Уберите его или перезапустите службу и проверьте ещё раз.</translation>
    </message>
    <message>
        <source>Your router answers at %1: a good password on its page, and its remote access switched off, protect it also from others.</source>
        <comment>an address</comment>
        <translation>Роутер отвечает по адресу %1: надёжный пароль на его странице и отключённый удалённый доступ защитят его и от других.</translation>
    </message>
</context>
<context>
    <name>ServiceWords</name>
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
        <source>The server can send guests</source>
        <translation>Сервер на связи и может присылать гостей</translation>
    </message>
    <message>
        <source>This window cannot see what is shared. What the service was told before goes on.</source>
        <translation>Программа не видит, что раздаётся. Служба продолжает работать с прежними настройками.</translation>
    </message>
    <message>
        <source>Looking for the service</source>
        <translation>Поиск службы</translation>
    </message>
    <message>
        <source>The window asks the HiggsNode service how things stand.</source>
        <translation>Запрашиваем состояние службы HiggsNode.</translation>
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
        <source>HiggsNode&apos;s service shares the connection and keeps guests from your home. Without it this window can show nothing and change nothing.</source>
        <translation>Служба HiggsNode раздаёт интернет и не пускает гостей в ваш дом. Без неё программа не может ничего ни показать, ни изменить.</translation>
    </message>
    <message>
        <source>A service that has ended shares nothing: guests leave through it or not at all.</source>
        <translation>Пока служба остановлена, ничего не раздаётся: гости выходят в интернет только через неё.</translation>
    </message>
    <message>
        <source>This starts it again; the window comes back by itself.</source>
        <translation>Команда запустит службу, и окно обновится само.</translation>
    </message>
    <message>
        <source>Restore my network</source>
        <translation>Восстановить сеть</translation>
    </message>
    <message>
        <source>That takes away what sharing changed on this computer, and switches sharing off.</source>
        <translation>Всё, что раздача изменила на этом компьютере, будет убрано, а сама раздача выключена.</translation>
    </message>
    <message>
        <source>Your network is as it was before, and sharing is off.</source>
        <translation>Сеть такая же, как прежде, раздача выключена.</translation>
    </message>
    <message>
        <source>You may not control HiggsNode</source>
        <translation>Нет прав на управление HiggsNode</translation>
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
        <source>Sharing is as you want it</source>
        <translation>Раздача работает, как вы задали</translation>
    </message>
    <message>
        <source>Sharing is not as you want it</source>
        <translation>Раздача работает не так, как вы задали</translation>
    </message>
    <message>
        <source>The server cannot send guests at once</source>
        <translation>Связь с сервером с задержкой</translation>
    </message>
    <message>
        <source>Your router lets replies through</source>
        <translation>Роутер пропускает ответы</translation>
    </message>
    <message>
        <source>Your router or provider blocks UDP</source>
        <translation>Роутер или провайдер блокирует UDP</translation>
    </message>
    <message>
        <source>One barrier guards your home, not two</source>
        <translation>Дом защищён одним барьером, а не двумя</translation>
    </message>
    <message>
        <source>How guests come here</source>
        <translation>Как сюда приходят гости</translation>
    </message>
    <message>
        <source>HiggsNode needs a restart</source>
        <translation>Нужно перезапустить HiggsNode</translation>
    </message>
    <message>
        <source>The port at the router</source>
        <translation>Порт на роутере</translation>
    </message>
    <message>
        <source>The barriers around your home are whole</source>
        <translation>Барьеры вокруг вашего дома целы</translation>
    </message>
</context>
<context>
    <name>higgs::node::DiagnosticsPage</name>
    <message>
        <source>Diagnostics</source>
        <translation>Диагностика</translation>
    </message>
    <message>
        <source>What sharing needs</source>
        <translation>Что нужно для раздачи</translation>
    </message>
</context>
<context>
    <name>higgs::node::FirstRun</name>
    <message>
        <source>Choose the country you are in.</source>
        <translation>Выберите страну, в которой вы находитесь.</translation>
    </message>
    <message>
        <source>Step %1 of %2</source>
        <translation>Шаг %1 из %2</translation>
    </message>
    <message>
        <source>What sharing means</source>
        <translation>Что значит раздавать интернет</translation>
    </message>
    <message>
        <source>What guests never reach</source>
        <translation>Что закрыто для гостей</translation>
    </message>
    <message>
        <source>Your home, your limits</source>
        <translation>Ваш дом, ваши правила</translation>
    </message>
    <message>
        <source>You let strangers use a part of your connection, so that they can be on the Internet from where you are.</source>
        <translation>Вы делитесь частью своего подключения с незнакомыми людьми: они выходят в интернет оттуда, где вы.</translation>
    </message>
    <message>
        <source>Guests may go to the Internet and nowhere else. Closed to them:</source>
        <translation>Гости могут выйти в интернет и больше никуда. Для них закрыты:</translation>
    </message>
    <message>
        <source>Each time before sharing begins, a test attacks your home the way a bad guest would. If anything answers, nothing is shared.</source>
        <translation>Каждый раз перед началом раздачи проверка атакует ваш дом, как это сделал бы злоумышленник. Если хоть что-то отзовётся, раздача не начнётся.</translation>
    </message>
    <message>
        <source>Where is this home?</source>
        <translation>Где этот дом?</translation>
    </message>
    <message>
        <source>How much do you share?</source>
        <translation>Сколько вы раздаёте?</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Сервер</translation>
    </message>
    <message>
        <source>With “I agree” you say that you may share this line. Nothing is shared yet: you switch it on afterwards, and all of this can be changed.</source>
        <translation>Нажимая «Согласен», вы подтверждаете, что вправе раздавать это подключение. Пока ничего не раздаётся: раздачу вы включите потом, и всё это можно изменить.</translation>
    </message>
    <message>
        <source>Telling the service…</source>
        <translation>Передаём службе…</translation>
    </message>
    <message>
        <source>I agree</source>
        <translation>Согласен</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Далее</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Не сейчас</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Назад</translation>
    </message>
    <message>
        <source>Who sees what</source>
        <translation>Кто что видит</translation>
    </message>
</context>
<context>
    <name>higgs::node::GuestsPage</name>
    <message>
        <source>Guest %1</source>
        <comment>%1: a number</comment>
        <translation>Гость %1</translation>
    </message>
    <message>
        <source>not answering at the moment</source>
        <translation>сейчас не отвечает</translation>
    </message>
    <message>
        <source>Held: it tried very many addresses in a short time.</source>
        <translation>Остановлен: перебирал слишком много адресов подряд.</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>Гости</translation>
    </message>
    <message>
        <source>Nobody is here</source>
        <translation>Никого нет</translation>
    </message>
    <message>
        <source>%1 to them</source>
        <comment>an amount of data</comment>
        <translation>%1 им</translation>
    </message>
    <message>
        <source>%1 from them</source>
        <comment>an amount of data</comment>
        <translation>%1 от них</translation>
    </message>
    <message>
        <source>Guests come and go by themselves while you share. You will see numbers here, not people.</source>
        <translation>Пока идёт раздача, гости приходят и уходят сами. Здесь вы увидите номера, а не людей.</translation>
    </message>
    <message>
        <source>Guests come while you share: switch that on, on the first page.</source>
        <translation>Гости приходят, когда раздача включена. Включить её можно на главной странице.</translation>
    </message>
    <message>
        <source>through the server</source>
        <comment>how a guest comes</comment>
        <translation>через сервер</translation>
    </message>
    <message>
        <source>directly</source>
        <comment>how a guest comes</comment>
        <translation>напрямую</translation>
    </message>
    <message>
        <source>through TURN</source>
        <comment>how a guest comes</comment>
        <translation>через TURN</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Отключить</translation>
    </message>
    <message>
        <source>Disconnect guest %1</source>
        <translation>Отключить гостя %1</translation>
    </message>
    <message>
        <source>You see numbers, not people: who your guests are and where they go is written down nowhere. A guest that you disconnect can come back later.</source>
        <translation>Здесь номера, а не люди: кто ваши гости и куда они заходят, нигде не записывается. Отключённый гость может вернуться позже.</translation>
    </message>
    <message>
        <source>How guests come here</source>
        <translation>Как сюда приходят гости</translation>
    </message>
    <message>
        <source>Here for %1</source>
        <comment>%1: 5 minutes</comment>
        <translation>Здесь %1</translation>
    </message>
</context>
<context>
    <name>higgs::node::HistoryPage</name>
    <message>
        <source>Today</source>
        <translation>Сегодня</translation>
    </message>
    <message>
        <source>ddd, d MMM</source>
        <comment>a day, as in QLocale&apos;s formats</comment>
        <translation>ddd, d MMM</translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n гость</numerusform>
            <numerusform>%n гостя</numerusform>
            <numerusform>%n гостей</numerusform>
        </translation>
    </message>
    <message>
        <source>History</source>
        <translation>История</translation>
    </message>
    <message>
        <source>Both directions together. Each byte passes your line twice, in on one side and out on the other, so your provider may count double.</source>
        <translation>В обе стороны вместе. Каждый байт проходит по вашей линии дважды — туда и обратно, поэтому провайдер может насчитать вдвое больше.</translation>
    </message>
    <message>
        <source>Nothing was shared in the last month.</source>
        <translation>За последний месяц ничего не раздавалось.</translation>
    </message>
    <message>
        <source>Asking the service…</source>
        <translation>Спрашиваем службу…</translation>
    </message>
    <message>
        <source>My provider wrote to me</source>
        <translation>Мне написал провайдер</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <comment>two times</comment>
        <translation>с %1 до %2</translation>
    </message>
    <message>
        <source>Hour by hour</source>
        <translation>По часам</translation>
    </message>
    <message>
        <source>now</source>
        <translation>сейчас</translation>
    </message>
    <message numerus="yes">
        <source>Traffic of the last %n hours</source>
        <translation>
            <numerusform>Трафик за последний %n час</numerusform>
            <numerusform>Трафик за последние %n часа</numerusform>
            <numerusform>Трафик за последние %n часов</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 in all</source>
        <translation>Всего %1</translation>
    </message>
    <message>
        <source>d MMM</source>
        <comment>a short day, as in QLocale&apos;s formats</comment>
        <translation>d MMM</translation>
    </message>
    <message>
        <source>Day by day</source>
        <translation>По дням</translation>
    </message>
    <message>
        <source>today</source>
        <translation>сегодня</translation>
    </message>
    <message numerus="yes">
        <source>Traffic of the last %n days</source>
        <translation>
            <numerusform>Трафик за последний %n день</numerusform>
            <numerusform>Трафик за последние %n дня</numerusform>
            <numerusform>Трафик за последние %n дней</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 in all; the days stand below in figures</source>
        <translation>Всего %1; ниже — цифры по дням</translation>
    </message>
</context>
<context>
    <name>higgs::node::HomePage</name>
    <message>
        <source>Safety</source>
        <translation>Безопасность</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>Ограничения</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>Гости</translation>
    </message>
    <message>
        <source>Nobody is here</source>
        <translation>Никого нет</translation>
    </message>
    <message numerus="yes">
        <source>%n here now</source>
        <comment>guests</comment>
        <translation>
            <numerusform>Сейчас здесь %n</numerusform>
            <numerusform>Сейчас здесь %n</numerusform>
            <numerusform>Сейчас здесь %n</numerusform>
        </translation>
    </message>
    <message>
        <source>History</source>
        <translation>История</translation>
    </message>
    <message>
        <source>Day by day</source>
        <translation>По дням</translation>
    </message>
    <message>
        <source>of %1</source>
        <comment>guests of at most %1</comment>
        <translation>из %1</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Сегодня</translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n гость</numerusform>
            <numerusform>%n гостя</numerusform>
            <numerusform>%n гостей</numerusform>
        </translation>
    </message>
    <message>
        <source>This month</source>
        <translation>За месяц</translation>
    </message>
    <message>
        <source>of %1</source>
        <comment>an amount of data</comment>
        <translation>из %1</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>без лимита</translation>
    </message>
    <message>
        <source>To guests: %1</source>
        <comment>a rate</comment>
        <translation>Гостям: %1</translation>
    </message>
    <message>
        <source>From guests: %1</source>
        <comment>a rate</comment>
        <translation>От гостей: %1</translation>
    </message>
    <message>
        <source>Your guests&apos; traffic will be drawn here.</source>
        <translation>Здесь появится трафик ваших гостей.</translation>
    </message>
    <message>
        <source>When you switch it on</source>
        <translation>Когда вы включите раздачу</translation>
    </message>
</context>
<context>
    <name>higgs::node::LetterPage</name>
    <message>
        <source>Asking the service…</source>
        <translation>Спрашиваем службу…</translation>
    </message>
    <message>
        <source>My provider wrote to me</source>
        <translation>Мне написал провайдер</translation>
    </message>
    <message>
        <source>Did somebody complain about traffic from your address? Enter the time that the letter names, and see what was shared in that hour. None of it leaves this computer.</source>
        <translation>Кто-то пожаловался на трафик с вашего адреса? Введите время из письма и посмотрите, что раздавалось в тот час. Эти сведения не покидают ваш компьютер.</translation>
    </message>
    <message>
        <source>d MMMM yyyy  HH:mm</source>
        <comment>a moment to be entered, as in QLocale&apos;s formats</comment>
        <translation>d MMMM yyyy &apos;г.&apos;  HH:mm</translation>
    </message>
    <message>
        <source>Time in the letter</source>
        <translation>Время в письме</translation>
    </message>
    <message>
        <source>That time is</source>
        <translation>Это время</translation>
    </message>
    <message>
        <source>The time of this computer</source>
        <translation>По часам этого компьютера</translation>
    </message>
    <message>
        <source>UTC, as most providers write</source>
        <translation>UTC, как пишет большинство провайдеров</translation>
    </message>
    <message>
        <source>An hour earlier</source>
        <translation>На час раньше</translation>
    </message>
    <message>
        <source>An hour later</source>
        <translation>На час позже</translation>
    </message>
    <message>
        <source>A letter to your provider</source>
        <translation>Письмо провайдеру</translation>
    </message>
</context>
<context>
    <name>higgs::node::LimitsPage</name>
    <message>
        <source>At every hour. Drag over hours to leave them out.</source>
        <translation>В любое время. Проведите по часам, чтобы их исключить.</translation>
    </message>
    <message numerus="yes">
        <source>%n of 168 hours</source>
        <translation>
            <numerusform>%n час из 168</numerusform>
            <numerusform>%n часа из 168</numerusform>
            <numerusform>%n часов из 168</numerusform>
        </translation>
    </message>
    <message>
        <source>At the moment guests are held back to %1.</source>
        <comment>%1: 5 Mbit/s</comment>
        <translation>Сейчас гостям оставлено до %1.</translation>
    </message>
    <message>
        <source>At the moment guests are held back.</source>
        <translation>Сейчас гости уступают вам.</translation>
    </message>
    <message>
        <source>It cannot be measured here at the moment, so guests are not held back.</source>
        <translation>Сейчас измерить это нельзя, поэтому гости не уступают.</translation>
    </message>
    <message>
        <source>When you use the line yourself, guests get out of the way.</source>
        <translation>Когда подключение нужно вам самим, гости уступают.</translation>
    </message>
    <message>
        <source>Good neighbour</source>
        <translation>Добрый сосед</translation>
    </message>
    <message>
        <source>Stop on battery</source>
        <translation>Не раздавать от батареи</translation>
    </message>
    <message>
        <source>Goes on when the computer is plugged in.</source>
        <translation>Раздача возобновится, когда компьютер подключат к сети.</translation>
    </message>
    <message>
        <source>This computer does not tell where its power comes from.</source>
        <translation>Этот компьютер не сообщает, от чего питается.</translation>
    </message>
    <message>
        <source>Stop on a metered connection</source>
        <translation>Не раздавать на лимитном подключении</translation>
    </message>
    <message>
        <source>One that is paid by volume, such as a phone.</source>
        <translation>Там, где платят за объём: например, через телефон.</translation>
    </message>
    <message>
        <source>This computer does not tell whether its connection is metered.</source>
        <translation>Этот компьютер не сообщает, лимитное ли подключение.</translation>
    </message>
    <message>
        <source>Limits</source>
        <translation>Ограничения</translation>
    </message>
    <message>
        <source>How much at once</source>
        <translation>Скорость и гости</translation>
    </message>
    <message>
        <source>How much in a month</source>
        <translation>Сколько в месяц</translation>
    </message>
    <message>
        <source>A new month begins on day</source>
        <translation>Новый месяц начинается с числа</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Когда раздавать</translation>
    </message>
    <message>
        <source>All hours</source>
        <translation>Все часы</translation>
    </message>
    <message>
        <source>Stay out of my way</source>
        <translation>Чтобы не мешать вам</translation>
    </message>
</context>
<context>
    <name>higgs::node::MainWindow</name>
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
        <source>Who sees what</source>
        <translation>Кто что видит</translation>
    </message>
    <message>
        <source>My provider wrote to me</source>
        <translation>Мне написал провайдер</translation>
    </message>
</context>
<context>
    <name>higgs::node::NodeTray</name>
    <message>
        <source>Share my connection</source>
        <translation>Раздавать интернет</translation>
    </message>
    <message>
        <source>Pause for an hour</source>
        <translation>Пауза на час</translation>
    </message>
    <message>
        <source>Pause until tomorrow</source>
        <translation>Пауза до завтра</translation>
    </message>
    <message>
        <source>Resume now</source>
        <translation>Возобновить</translation>
    </message>
    <message>
        <source>Open HiggsNode</source>
        <translation>Открыть HiggsNode</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Выйти</translation>
    </message>
    <message>
        <source>HiggsNode goes on</source>
        <translation>HiggsNode продолжает работать</translation>
    </message>
    <message>
        <source>The window is closed, sharing stays as it is. Click the icon in the panel to open the window again.</source>
        <translation>Окно закрыто, раздача продолжается как была. Чтобы снова открыть окно, нажмите на значок в панели.</translation>
    </message>
    <message>
        <source>Share my connection (on, held back)</source>
        <translation>Раздавать интернет (включено, но приостановлено)</translation>
    </message>
</context>
<context>
    <name>higgs::node::PlaceFields</name>
    <message>
        <source>Choose</source>
        <translation>Выберите</translation>
    </message>
    <message>
        <source>Region</source>
        <translation>Регион</translation>
    </message>
    <message>
        <source>Set when the service was started.</source>
        <translation>Задан при запуске службы.</translation>
    </message>
    <message>
        <source>There is no such region in this country.</source>
        <translation>В этой стране нет такого региона.</translation>
    </message>
    <message>
        <source>Country</source>
        <translation>Страна</translation>
    </message>
    <message>
        <source>Guests see it.</source>
        <translation>Её видят гости.</translation>
    </message>
    <message>
        <source>If you like: a short code, such as BE for Berlin.</source>
        <translation>По желанию: короткий код, например BE для Берлина.</translation>
    </message>
</context>
<context>
    <name>higgs::node::SafetyGroupHead</name>
    <message>
        <source>%1 of %2</source>
        <comment>attempts that ended as they must, of all</comment>
        <translation>%1 из %2</translation>
    </message>
</context>
<context>
    <name>higgs::node::SafetyPage</name>
    <message>
        <source>Testing…</source>
        <translation>Идёт проверка…</translation>
    </message>
    <message>
        <source>A pretend guest attacks your home. None of its packets leaves this computer.</source>
        <translation>Условный гость атакует ваш дом. Ни один его пакет не покидает этот компьютер.</translation>
    </message>
    <message>
        <source>The test runs each time before sharing begins.</source>
        <translation>Проверка проводится каждый раз перед началом раздачи.</translation>
    </message>
    <message>
        <source>Safety</source>
        <translation>Безопасность</translation>
    </message>
    <message>
        <source>Test now</source>
        <translation>Проверить сейчас</translation>
    </message>
    <message>
        <source>Nothing is shared until this test passes. It runs before every start, and whenever you press “Test now”.</source>
        <translation>Раздача не начнётся без пройденной проверки. Она проводится перед каждой раздачей и по кнопке «Проверить сейчас».</translation>
    </message>
    <message numerus="yes">
        <source>Tested %1. %n way(s) in were tried, and none is open.</source>
        <comment>%1: today at 14:30</comment>
        <translation>
            <numerusform>Проверено %1: %n путь, все закрыты.</numerusform>
            <numerusform>Проверено %1: %n пути, все закрыты.</numerusform>
            <numerusform>Проверено %1: %n путей, все закрыты.</numerusform>
        </translation>
    </message>
    <message>
        <source>Tested %1. Nothing is shared until it passes.</source>
        <comment>%1: today at 14:30</comment>
        <translation>Проверено %1. Раздача ждёт успешной проверки.</translation>
    </message>
    <message>
        <source>The rules that keep guests out are not as the service made them: another program has changed them. The service puts them back before it shares again.</source>
        <translation>Правила, которые не пускают гостей, уже не те, что задала служба: их изменила другая программа. Перед раздачей служба вернёт свои.</translation>
    </message>
    <message>
        <source>What was tried in a guest&apos;s place</source>
        <translation>Что проверено от имени гостя</translation>
    </message>
    <message>
        <source>Save a sheet for your family…</source>
        <translation>Сохранить листок для семьи…</translation>
    </message>
    <message>
        <source>Save a sheet for your family</source>
        <translation>Сохранить листок для семьи</translation>
    </message>
</context>
<context>
    <name>higgs::node::ScheduleFrame</name>
    <message>
        <source>guests may come</source>
        <translation>гостям можно</translation>
    </message>
    <message>
        <source>nobody comes</source>
        <translation>гостям нельзя</translation>
    </message>
</context>
<context>
    <name>higgs::node::ScheduleGrid</name>
    <message>
        <source>Hours in which you share</source>
        <translation>Часы раздачи</translation>
    </message>
    <message>
        <source>Arrows move, Space changes an hour, Shift with arrows chooses several</source>
        <translation>Стрелки перемещают, пробел переключает час, Shift со стрелками выделяет несколько</translation>
    </message>
</context>
<context>
    <name>higgs::node::ScheduleModel</name>
    <message>
        <source>%1, shared</source>
        <comment>%1: Monday 14:00</comment>
        <translation>%1, раздача</translation>
    </message>
    <message>
        <source>%1, not shared</source>
        <comment>%1: Monday 14:00</comment>
        <translation>%1, без раздачи</translation>
    </message>
</context>
<context>
    <name>higgs::node::ServerForm</name>
    <message>
        <source>This link is not an invitation that this version understands. Ask for another one, or type the server&apos;s address.</source>
        <translation>Эта ссылка не похожа на приглашение, понятное этой версии. Попросите другую или введите адрес сервера.</translation>
    </message>
    <message>
        <source>This is not a server&apos;s address. It looks like vpn.example.net or 203.0.113.5:3000.</source>
        <translation>Это не адрес сервера. Он выглядит так: vpn.example.net или 203.0.113.5:3000.</translation>
    </message>
    <message>
        <source>A fingerprint has 64 digits from 0 to 9 and A to F.</source>
        <translation>В отпечатке 64 знака: цифры от 0 до 9 и буквы от A до F.</translation>
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
        <source>Access key (optional)</source>
        <translation>Ключ доступа (необязательно)</translation>
    </message>
    <message>
        <source>It is kept in this desktop&apos;s keychain.</source>
        <translation>Он хранится в связке ключей системы.</translation>
    </message>
    <message>
        <source>This desktop has no keychain: the key is kept until this window or the service ends.</source>
        <translation>В системе нет связки ключей: ключ хранится, пока работают это окно и служба.</translation>
    </message>
    <message>
        <source>Check words: %1</source>
        <translation>Проверочные слова: %1</translation>
    </message>
</context>
<context>
    <name>higgs::node::ServerPage</name>
    <message>
        <source>Server</source>
        <translation>Сервер</translation>
    </message>
    <message>
        <source>A server sends guests to you: use one only if you know who runs it. Its operator gives you an address or an invitation.</source>
        <translation>Сервер направляет к вам гостей, поэтому выбирайте тот, оператора которого знаете. Адрес или приглашение даёт оператор.</translation>
    </message>
    <message>
        <source>The server was set when the service was started, and cannot be changed here.</source>
        <translation>Сервер задан при запуске службы, и здесь его не изменить.</translation>
    </message>
    <message>
        <source>It takes the place of %1.</source>
        <translation>Он заменит сервер %1.</translation>
    </message>
    <message>
        <source>Sharing is switched off for that.</source>
        <translation>Раздача для этого выключится.</translation>
    </message>
    <message>
        <source>Telling the service…</source>
        <translation>Передаём службе…</translation>
    </message>
    <message>
        <source>Use this server</source>
        <translation>Использовать этот сервер</translation>
    </message>
</context>
<context>
    <name>higgs::node::SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>Настройки</translation>
    </message>
    <message>
        <source>Where this home is</source>
        <translation>Где этот дом</translation>
    </message>
    <message>
        <source>Your consent</source>
        <translation>Ваше согласие</translation>
    </message>
    <message>
        <source>You agreed to share</source>
        <translation>Вы согласились раздавать интернет</translation>
    </message>
    <message>
        <source>You have not agreed</source>
        <translation>Вы не давали согласия</translation>
    </message>
    <message>
        <source>Taking it back ends sharing at once.</source>
        <translation>Если отозвать согласие, раздача сразу прекратится.</translation>
    </message>
    <message>
        <source>Nothing can be shared without it.</source>
        <translation>Без него раздача невозможна.</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>Отозвать</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Прочитать</translation>
    </message>
    <message>
        <source>HiggsNode %1, service %2. Free software under the GNU General Public License, version 3 or later.</source>
        <translation>HiggsNode %1, служба %2. Свободная программа по лицензии GNU GPL версии 3 или новее.</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>неизвестна</translation>
    </message>
    <message>
        <source>It is open now.</source>
        <translation>Сейчас он открыт.</translation>
    </message>
    <message>
        <source>This router does not do it; its own page may have a switch for UPnP.</source>
        <translation>Этот роутер так не делает; на его собственной странице может быть переключатель UPnP.</translation>
    </message>
    <message>
        <source>It would not help here, as the router is behind another one.</source>
        <translation>Здесь это не поможет: роутер стоит за другим роутером.</translation>
    </message>
    <message>
        <source>What the router says is not what others see, so it is not used.</source>
        <translation>Роутер говорит не то, что видят другие, поэтому порт не используется.</translation>
    </message>
    <message>
        <source>While you share, your router lets guests come straight to this computer, so that fewer take the detour by the server. The port is closed again afterwards.</source>
        <translation>Пока вы раздаёте, роутер пускает гостей прямо к этому компьютеру, и реже нужен обход через сервер. Потом порт снова закрывается.</translation>
    </message>
    <message>
        <source>Your router</source>
        <translation>Ваш роутер</translation>
    </message>
    <message>
        <source>Ask it to open a port</source>
        <translation>Просить его открыть порт</translation>
    </message>
    <message>
        <source>HiggsNode %1 is out, and this is %2. Update it in the way you installed it.</source>
        <comment>%1, %2: versions</comment>
        <translation>Вышла версия HiggsNode %1, у вас %2. Обновите программу так же, как устанавливали.</translation>
    </message>
</context>
<context>
    <name>higgs::node::ShareCard</name>
    <message>
        <source>Share my connection</source>
        <translation>Раздавать интернет</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Пауза</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>На час</translation>
    </message>
    <message>
        <source>Until tomorrow</source>
        <translation>До завтра</translation>
    </message>
    <message>
        <source>On, but nothing is shared: %1</source>
        <comment>%1: why, as in Paused</comment>
        <translation>Включено, но раздачи нет: %1</translation>
    </message>
</context>
</TS>
