# Picture blocks of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$panel0_arm0 << EOD
-0.24 3111
0.76 3111
1.76 3127
EOD
$panel0_arm1 << EOD
0.02667 3143
1.027 3159
2.027 3159
EOD
$panel0_arm2 << EOD
0.2933 3111
1.293 3111
2.293 3127
EOD
$panel1_arm0 << EOD
-0.24 3111
0.76 3127
1.76 3143
EOD
$panel1_arm1 << EOD
0.02667 3143
1.027 3159
2.027 3111
EOD
$panel1_arm2 << EOD
0.2933 3111
1.293 3127
2.293 3143
EOD
$panel2_arm0 << EOD
-0.24 17007
0.76 17048
1.76 17089
EOD
$panel2_arm1 << EOD
0.02667 13107
1.027 13148
2.027 13189
EOD
$panel2_arm2 << EOD
0.2933 17007
1.293 17048
2.293 17089
EOD
$panel3_arm0 << EOD
-0.24 17025
0.76 17066
1.76 17107
EOD
$panel3_arm1 << EOD
0.02667 13125
1.027 13166
2.027 13007
EOD
$panel3_arm2 << EOD
0.2933 17025
1.293 17066
2.293 17107
EOD
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 720,563 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 720,563 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'blocks.png' : 'blocks.svg')
set label 1 'Every block' at screen 0.5, screen 0.9716 center font ',13'
set label 2 'pages=512 placement=compact' at screen 0.5, screen 0.9361 center font ',9' textcolor '#404040'
set label 3 'n = 3 boots, seed 1; a point per block; the axes do not start at 0' at screen 0.5, screen 0.0799 center font ',9' textcolor '#404040'
set label 4 'substrate soft, clock wall, kernel 7.3.4 (plain), host Example(R) CPU @ 2.10GHz, 2 CPUs, QEMU 7.2.22 (tcg)' at screen 0.5, screen 0.0533 center font ',9' textcolor '#404040'
set label 5 'Software TDX module, wall time under TCG: neither TDX hardware nor TDX time.' at screen 0.5, screen 0.0266 center font ',9' textcolor '#404040'
set multiplot
set key at screen 0.5, screen 0.1581 center top vertical maxrows 2 reverse Left samplen 3 font ',9' spacing 1
set lmargin at screen 0.1167
set rmargin at screen 0.4639
set tmargin at screen 0.8828
set bmargin at screen 0.6234
set title 'populate, vcpus=1' font ',9' offset 0, -0.6
set tics font ',9' nomirror
set border 3
set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set xlabel 'boots' font ',9' offset 0, 0.5
set ylabel 'fault_p50 [ns]' font ',9' offset 0.5, 0
unset xtics
set xrange [-0.5:2.5]
set yrange [3095.2:3174.8]
plot NaN with points linewidth 2 dashtype solid pointtype 7 linecolor rgb '#0072B2' title 'freeze', \
     NaN with points linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' title 'freeze-batched', \
     NaN with points linewidth 2 dashtype (3,4) pointtype 9 linecolor rgb '#009E73' title 'my-own', \
     $panel0_arm0 using 1:2 with points linewidth 2 dashtype solid pointtype 7 linecolor rgb '#0072B2' notitle, \
     $panel0_arm1 using 1:2 with points linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' notitle, \
     $panel0_arm2 using 1:2 with points linewidth 2 dashtype (3,4) pointtype 9 linecolor rgb '#009E73' notitle
unset label
unset key
set lmargin at screen 0.6167
set rmargin at screen 0.9639
set tmargin at screen 0.8828
set bmargin at screen 0.6234
set title 'populate, vcpus=4' font ',9' offset 0, -0.6
set tics font ',9' nomirror
set border 3
set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set xlabel 'boots' font ',9' offset 0, 0.5
set ylabel 'fault_p50 [ns]' font ',9' offset 0.5, 0
unset xtics
set xrange [-0.5:2.5]
set yrange [3095.2:3174.8]
plot $panel1_arm0 using 1:2 with points linewidth 2 dashtype solid pointtype 7 linecolor rgb '#0072B2' notitle, \
     $panel1_arm1 using 1:2 with points linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' notitle, \
     $panel1_arm2 using 1:2 with points linewidth 2 dashtype (3,4) pointtype 9 linecolor rgb '#009E73' notitle
unset label
unset key
set lmargin at screen 0.1167
set rmargin at screen 0.4639
set tmargin at screen 0.5098
set bmargin at screen 0.2504
set title 'zap, vcpus=1' font ',9' offset 0, -0.6
set tics font ',9' nomirror
set border 3
set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set xlabel 'boots' font ',9' offset 0, 0.5
set ylabel 'zap_per_page [ns/page]' font ',9' offset 0.5, 0
unset xtics
set xrange [-0.5:2.5]
set yrange [12629.2:17566.8]
plot $panel2_arm0 using 1:2 with points linewidth 2 dashtype solid pointtype 7 linecolor rgb '#0072B2' notitle, \
     $panel2_arm1 using 1:2 with points linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' notitle, \
     $panel2_arm2 using 1:2 with points linewidth 2 dashtype (3,4) pointtype 9 linecolor rgb '#009E73' notitle
unset label
unset key
set lmargin at screen 0.6167
set rmargin at screen 0.9639
set tmargin at screen 0.5098
set bmargin at screen 0.2504
set title 'zap, vcpus=4' font ',9' offset 0, -0.6
set tics font ',9' nomirror
set border 3
set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set xlabel 'boots' font ',9' offset 0, 0.5
set ylabel 'zap_per_page [ns/page]' font ',9' offset 0.5, 0
unset xtics
set xrange [-0.5:2.5]
set yrange [12515:17599]
plot $panel3_arm0 using 1:2 with points linewidth 2 dashtype solid pointtype 7 linecolor rgb '#0072B2' notitle, \
     $panel3_arm1 using 1:2 with points linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' notitle, \
     $panel3_arm2 using 1:2 with points linewidth 2 dashtype (3,4) pointtype 9 linecolor rgb '#009E73' notitle
unset multiplot
unset output
}
