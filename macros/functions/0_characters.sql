-- Characters that make two texts look like one (field cases C13 to C15).

-- Those that nobody sees: white space, format and control characters, and letters and marks that show nothing.
create or replace macro invisible() as
'\p{Z}\p{Cc}\p{Cf}\x{34F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2800}\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}';

-- Small letters for those of ASCII; no other character changes, as lower() would have it.
create or replace macro lower_ascii(sent) as
case
    when strlen(sent) = length(sent) then lower(sent)
    else translate(sent, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
end;

-- Those that are ASCII to those who fold cases or widths (IDNA forbids them all), and the ideographic full stop:
-- an address with one of them could be taken for another.
create or replace macro ascii_lookalikes() as
'\x{A0}\x{A8}\x{AA}\x{AF}\x{B2}-\x{B4}\x{B8}-\x{BA}\x{BC}-\x{BE}\x{130}\x{132}-\x{133}\x{13F}-\x{140}\x{149}'
|| '\x{17F}\x{1C4}-\x{1CC}\x{1F1}-\x{1F3}\x{2B0}-\x{2B8}\x{2D8}-\x{2DD}\x{2E1}-\x{2E3}\x{37A}\x{37E}-\x{385}'
|| '\x{1D2C}-\x{1D2E}\x{1D30}-\x{1D3A}\x{1D3C}-\x{1D4D}\x{1D4F}-\x{1D65}\x{1D9C}-\x{1DBB}\x{1E9A}\x{1E9E}'
|| '\x{1FBD}-\x{1FC1}\x{1FCD}-\x{1FCF}\x{1FDD}-\x{1FDF}\x{1FED}-\x{1FEF}\x{1FFD}-\x{200A}\x{2017}'
|| '\x{2024}-\x{2026}\x{202F}\x{203C}\x{203E}\x{2047}-\x{2049}\x{205F}\x{2070}-\x{209C}\x{20A8}\x{2100}-\x{2103}'
|| '\x{2105}-\x{2106}\x{2109}-\x{2113}\x{2115}-\x{2116}\x{2119}-\x{211D}\x{2120}-\x{2122}\x{2124}\x{2128}'
|| '\x{212A}\x{212C}-\x{212D}\x{212F}-\x{2139}\x{213B}\x{2145}-\x{2149}\x{2150}-\x{217F}\x{2189}\x{2460}-\x{24EA}'
|| '\x{2A74}-\x{2A76}\x{2C7C}-\x{2C7D}\x{3000}\x{3002}\x{309B}-\x{309C}\x{3200}-\x{3243}\x{3250}-\x{325F}'
|| '\x{32B1}-\x{33FF}\x{A7F1}-\x{A7F4}\x{FB00}-\x{FB06}\x{FB29}\x{FC5E}-\x{FC63}\x{FDFA}-\x{FDFB}'
|| '\x{FE10}-\x{FE19}\x{FE30}-\x{FE38}\x{FE47}-\x{FE72}\x{FE74}-\x{FE7E}\x{FF01}-\x{FFE3}\x{107A5}'
|| '\x{1CCD6}-\x{1CCF9}\x{1D400}-\x{1D7FF}\x{1F100}-\x{1F10A}\x{1F110}-\x{1F12E}\x{1F130}-\x{1F14F}'
|| '\x{1F16A}-\x{1F16C}\x{1F190}\x{1FBF0}-\x{1FBF9}';
