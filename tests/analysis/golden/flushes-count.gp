# Picture flushes of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$panel0_arm0 << EOD
6.5 1 1 1 1
EOD
$panel0_arm1 << EOD
19.5 0.00390625 0.00390625 0.00390625 1/256
EOD
set border 2
unset xtics
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 720,201 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 720,201 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'flushes.png' : 'flushes.svg')
set label 1 'Flushes per page' at screen 0.5, screen 0.9204 center font ',13'
set label 2 'pages=512 placement=compact vcpus=4' at screen 0.5, screen 0.8209 center font ',9' textcolor '#404040'
set label 3 'n = 1 seed (1); cases without any are left out' at screen 0.5, screen 0.2985 center font ',9' textcolor '#404040'
set label 4 'substrate soft, clock count (instructions), kernel 7.3.4 (plain), host Example(R) CPU @ 2.10GHz, 2 CPUs,' at screen 0.5, screen 0.2239 center font ',9' textcolor '#404040'
set label 5 'QEMU 7.2.22 (tcg)' at screen 0.5, screen 0.1493 center font ',9' textcolor '#404040'
set label 6 'Software TDX module under KVM''s own code: not TDX hardware.' at screen 0.5, screen 0.0746 center font ',9' textcolor '#404040'
set multiplot
set key at screen 0.5, screen 0.4428 center top vertical maxrows 1 reverse Left samplen 3 font ',9' spacing 1
set lmargin at screen 0.0514
set rmargin at screen 0.9722
set tmargin at screen 0.6517
set bmargin at screen 0.4826
set ytics ('zap' 13) scale 0 font ',9'
set yrange [34:-4]
set title 'TRACKs [1/page]' font ',9' offset 0, -0.6
set xrange [0:1.07805]
plot NaN with boxes fillcolor rgb '#0072B2' fillstyle solid noborder title 'freeze', \
     NaN with boxes fillcolor rgb '#E69F00' fillstyle solid noborder title 'freeze-batched', \
     $panel0_arm0 using ($2/2):1:($2/2):(5.46) with boxxyerror fillcolor rgb '#0072B2' fillstyle solid noborder notitle, \
     '' using 3:1:($4-$3):(0) with vectors nohead linewidth 1.5 linecolor rgb '#000000' notitle, \
     '' using 4:1:(stringcolumn(5)) with labels left offset 0.4, 0 font ',9' notitle, \
     $panel0_arm1 using ($2/2):1:($2/2):(5.46) with boxxyerror fillcolor rgb '#E69F00' fillstyle solid noborder notitle, \
     '' using 3:1:($4-$3):(0) with vectors nohead linewidth 1.5 linecolor rgb '#000000' notitle, \
     '' using 4:1:(stringcolumn(5)) with labels left offset 0.4, 0 font ',9' notitle
unset multiplot
unset output
}
