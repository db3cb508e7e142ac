# Picture bars-zap of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$panel0_arm0 << EOD
0 109.89010989011 109.89010989011 109.89010989011 109.89
3 106.382978723404 106.382978723404 106.382978723404 106.38
EOD
$panel0_arm1 << EOD
1 142.846939504321 142.846939504321 142.846939504321 142.85
4 142.846939504321 142.846939504321 142.846939504321 142.85
EOD
$panel1_arm0 << EOD
0 1 1 1 1
3 1 1 1 1
EOD
$panel1_arm1 << EOD
1 0.00390625 0.00390625 0.00390625 0.0039
4 0.00390625 0.00390625 0.00390625 0.0039
EOD
set xtics ('vcpus=1' 0.5, 'vcpus=4' 3.5) scale 0
set xrange [-1:5]
set boxwidth 0.9 absolute
set yrange [0:*]
set offsets 0, 0, graph 0.18, 0
set grid ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set border 3
set tics nomirror
set tmargin at screen 0.86
set bmargin at screen 0.29
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 960,540 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 960,540 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'bars-zap.png' : 'bars-zap.svg')
set label 1 'substrate soft, clock count (instructions), kernel 7.3.4 (plain), n = 2 boots per bar' at screen 0.5, screen 0.0870 center font ',9' textcolor '#404040'
set label 2 'host Example(R) CPU @ 2.10GHz, 2 CPUs, QEMU 7.2.22 (tcg), seed 1' at screen 0.5, screen 0.0561 center font ',9' textcolor '#404040'
set label 3 'Software TDX module under KVM''s own code: not TDX hardware.' at screen 0.5, screen 0.0252 center font ',9' textcolor '#404040'
set multiplot
set key at screen 0.5, screen 0.215 center top vertical maxrows 2 reverse Left samplen 1.5
set label 4 'Zap: case zap, pages=512 placement=compact' at screen 0.5, screen 0.965 center font ',13'
set lmargin at screen 0.090
set rmargin at screen 0.480
set title 'Pages zapped per million instructions (higher is better)'
set ylabel 'page/Minsn'
plot $panel0_arm0 using 1:2 with boxes fillcolor rgb '#0072B2' fillstyle solid noborder title 'freeze', \
     '' using 1:2:(stringcolumn(5)) with labels center offset 0,0.6 font ',9' notitle, \
     $panel0_arm1 using 1:2 with boxes fillcolor rgb '#E69F00' fillstyle solid noborder title 'freeze-batched', \
     '' using 1:2:(stringcolumn(5)) with labels center offset 0,0.6 font ',9' notitle
unset label
unset key
set lmargin at screen 0.590
set rmargin at screen 0.980
set title 'TRACKs per zapped page (lower is better)'
set ylabel '1/page'
plot $panel1_arm0 using 1:2 with boxes fillcolor rgb '#0072B2' fillstyle solid noborder title 'freeze', \
     '' using 1:2:(stringcolumn(5)) with labels center offset 0,0.6 font ',9' notitle, \
     $panel1_arm1 using 1:2 with boxes fillcolor rgb '#E69F00' fillstyle solid noborder title 'freeze-batched', \
     '' using 1:2:(stringcolumn(5)) with labels center offset 0,0.6 font ',9' notitle
unset label
unset key
unset multiplot
unset output
}
