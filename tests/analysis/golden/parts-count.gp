# Picture parts of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$panel0_arm0 << EOD
6.5 3525.55859375 3525.55859375 3525.55859375 3526
40.5 9400 9400 9400 9400
EOD
$panel0_arm1 << EOD
19.5 3525.55859375 3525.55859375 3525.55859375 3526
53.5 7000.5 7000.5 7000.5 7000
EOD
$panel1_arm0 << EOD
6.5 1200.5 1200.5 1200.5 1200
40.5 1200.5 1200.5 1200.5 1200
EOD
$panel1_arm1 << EOD
19.5 1200.5 1200.5 1200.5 1200
53.5 1200.5 1200.5 1200.5 1200
EOD
$panel2_arm0 << EOD
6.5 3.25 3.25 3.25 3.25
40.5 3.25 3.25 3.25 3.25
EOD
$panel2_arm1 << EOD
19.5 3.25 3.25 3.25 3.25
53.5 3.25 3.25 3.25 3.25
EOD
set border 2
unset xtics
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 720,235 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 720,235 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'parts.png' : 'parts.svg')
set label 1 'Subject, instrument, waiting' at screen 0.5, screen 0.9319 center font ',13'
set label 2 'pages=512 placement=compact vcpus=4' at screen 0.5, screen 0.8468 center font ',9' textcolor '#404040'
set label 3 'n = 1 seed (1); zap_per_page, else fault_mean' at screen 0.5, screen 0.2553 center font ',9' textcolor '#404040'
set label 4 'substrate soft, clock count (instructions), kernel 7.3.4 (plain), host Example(R) CPU @ 2.10GHz, 2 CPUs,' at screen 0.5, screen 0.1915 center font ',9' textcolor '#404040'
set label 5 'QEMU 7.2.22 (tcg)' at screen 0.5, screen 0.1277 center font ',9' textcolor '#404040'
set label 6 'Software TDX module under KVM''s own code: not TDX hardware.' at screen 0.5, screen 0.0638 center font ',9' textcolor '#404040'
set multiplot
set key at screen 0.5, screen 0.3787 center top vertical maxrows 1 reverse Left samplen 3 font ',9' spacing 1
set lmargin at screen 0.1000
set rmargin at screen 0.3792
set tmargin at screen 0.7021
set bmargin at screen 0.4128
set ytics ('populate' 13, 'zap' 47) scale 0 font ',9'
set yrange [68:-4]
set title 'kernel [insn/fault or insn/page]' font ',9' offset 0, -0.6
set xrange [0:12349]
plot NaN with boxes fillcolor rgb '#0072B2' fillstyle solid noborder title 'freeze', \
     NaN with boxes fillcolor rgb '#E69F00' fillstyle solid noborder title 'freeze-batched', \
     $panel0_arm0 using ($2/2):1:($2/2):(5.46) with boxxyerror fillcolor rgb '#0072B2' fillstyle solid noborder notitle, \
     '' using 3:1:($4-$3):(0) with vectors nohead linewidth 1.5 linecolor rgb '#000000' notitle, \
     '' using 4:1:(stringcolumn(5)) with labels left offset 0.4, 0 font ',9' notitle, \
     $panel0_arm1 using ($2/2):1:($2/2):(5.46) with boxxyerror fillcolor rgb '#E69F00' fillstyle solid noborder notitle, \
     '' using 3:1:($4-$3):(0) with vectors nohead linewidth 1.5 linecolor rgb '#000000' notitle, \
     '' using 4:1:(stringcolumn(5)) with labels left offset 0.4, 0 font ',9' notitle
unset label
unset key
set lmargin at screen 0.3958
set rmargin at screen 0.6750
set tmargin at screen 0.7021
set bmargin at screen 0.4128
unset ytics
set title 'softtdx [insn/fault or insn/page]' font ',9' offset 0, -0.6
set xrange [0:1577.13]
plot $panel1_arm0 using ($2/2):1:($2/2):(5.46) with boxxyerror fillcolor rgb '#0072B2' fillstyle solid noborder notitle, \
     '' using 3:1:($4-$3):(0) with vectors nohead linewidth 1.5 linecolor rgb '#000000' notitle, \
     '' using 4:1:(stringcolumn(5)) with labels left offset 0.4, 0 font ',9' notitle, \
     $panel1_arm1 using ($2/2):1:($2/2):(5.46) with boxxyerror fillcolor rgb '#E69F00' fillstyle solid noborder notitle, \
     '' using 3:1:($4-$3):(0) with vectors nohead linewidth 1.5 linecolor rgb '#000000' notitle, \
     '' using 4:1:(stringcolumn(5)) with labels left offset 0.4, 0 font ',9' notitle
unset label
unset key
set lmargin at screen 0.6917
set rmargin at screen 0.9708
set tmargin at screen 0.7021
set bmargin at screen 0.4128
unset ytics
set title 'waiting [insn/fault or insn/page]' font ',9' offset 0, -0.6
set xrange [0:4.26961]
plot $panel2_arm0 using ($2/2):1:($2/2):(5.46) with boxxyerror fillcolor rgb '#0072B2' fillstyle solid noborder notitle, \
     '' using 3:1:($4-$3):(0) with vectors nohead linewidth 1.5 linecolor rgb '#000000' notitle, \
     '' using 4:1:(stringcolumn(5)) with labels left offset 0.4, 0 font ',9' notitle, \
     $panel2_arm1 using ($2/2):1:($2/2):(5.46) with boxxyerror fillcolor rgb '#E69F00' fillstyle solid noborder notitle, \
     '' using 3:1:($4-$3):(0) with vectors nohead linewidth 1.5 linecolor rgb '#000000' notitle, \
     '' using 4:1:(stringcolumn(5)) with labels left offset 0.4, 0 font ',9' notitle
unset multiplot
unset output
}
