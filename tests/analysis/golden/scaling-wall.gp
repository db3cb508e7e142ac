# Picture scaling of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$panel0_arm0 << EOD
1 3111 3111 3111
4 3127 3127 3127
EOD
$panel0_arm1 << EOD
1 3159 3159 3159
4 3143 3143 3143
EOD
$panel0_arm2 << EOD
1 3111 3111 3111
4 3127 3127 3127
EOD
$ideal0 << EOD
1 3111
4 3111
EOD
$panel2_arm0 << EOD
1 17048 17048 17048
4 17066 17066 17066
EOD
$panel2_arm1 << EOD
1 13148 13148 13148
4 13125 13125 13125
EOD
$panel2_arm2 << EOD
1 17048 17048 17048
4 17066 17066 17066
EOD
$ideal2 << EOD
1 17048
4 17048
EOD
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 720,353 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 720,353 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'scaling.png' : 'scaling.svg')
set label 1 'Scaling with vCPUs' at screen 0.5, screen 0.9547 center font ',13'
set label 2 'pages=512 placement=compact' at screen 0.5, screen 0.8980 center font ',9' textcolor '#404040'
set label 3 'n = 3 boots, seed 1; medians, an interval takes 6 samples; dashed: vCPUs cost nothing' at screen 0.5, screen 0.1275 center font ',9' textcolor '#404040'
set label 4 'substrate soft, clock wall, kernel 7.3.4 (plain), host Example(R) CPU @ 2.10GHz, 2 CPUs, QEMU 7.2.22 (tcg)' at screen 0.5, screen 0.0850 center font ',9' textcolor '#404040'
set label 5 'Software TDX module, wall time under TCG: neither TDX hardware nor TDX time.' at screen 0.5, screen 0.0425 center font ',9' textcolor '#404040'
set multiplot
set key at screen 0.5, screen 0.2521 center top vertical maxrows 2 reverse Left samplen 3 font ',9' spacing 1
set lmargin at screen 0.1167
set rmargin at screen 0.4639
set tmargin at screen 0.8130
set bmargin at screen 0.3994
set title 'populate' font ',9' offset 0, -0.6
set tics font ',9' nomirror
set border 3
set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set xlabel 'vCPUs' font ',9' offset 0, 0.5
set ylabel 'fault_p50 [ns]' font ',9' offset 0.5, 0
set xrange [0.7:4.3]
set xtics ('1' 1, '4' 4)
set yrange [0:3538.08]
plot NaN with linespoints linewidth 2 dashtype solid pointtype 7 linecolor rgb '#0072B2' title 'freeze', \
     NaN with linespoints linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' title 'freeze-batched', \
     NaN with linespoints linewidth 2 dashtype (3,4) pointtype 9 linecolor rgb '#009E73' title 'my-own', \
     $ideal0 using 1:2 with lines linewidth 1.5 dashtype (6,6) linecolor rgb '#606060' notitle, \
     $panel0_arm0 using 1:2 with linespoints linewidth 2 dashtype solid pointtype 7 linecolor rgb '#0072B2' notitle, \
     $panel0_arm1 using 1:2 with linespoints linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' notitle, \
     $panel0_arm2 using 1:2 with linespoints linewidth 2 dashtype (3,4) pointtype 9 linecolor rgb '#009E73' notitle
unset label
unset key
set lmargin at screen 0.6167
set rmargin at screen 0.9639
set tmargin at screen 0.8130
set bmargin at screen 0.3994
set title 'zap' font ',9' offset 0, -0.6
set tics font ',9' nomirror
set border 3
set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set xlabel 'vCPUs' font ',9' offset 0, 0.5
set ylabel 'zap_per_page [ns/page]' font ',9' offset 0.5, 0
set xrange [0.7:4.3]
set xtics ('1' 1, '4' 4)
set yrange [0:19113.9]
plot $ideal2 using 1:2 with lines linewidth 1.5 dashtype (6,6) linecolor rgb '#606060' notitle, \
     $panel2_arm0 using 1:2 with linespoints linewidth 2 dashtype solid pointtype 7 linecolor rgb '#0072B2' notitle, \
     $panel2_arm1 using 1:2 with linespoints linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' notitle, \
     $panel2_arm2 using 1:2 with linespoints linewidth 2 dashtype (3,4) pointtype 9 linecolor rgb '#009E73' notitle
unset multiplot
unset output
}
