# Picture forest-populate of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$other0 << EOD
0 1.01542912 1.01542912 1.01542912 "+1.54% unclear"
2.4 0.953074879 0.953074879 0.953074879 "-4.69% unclear"
4.8 1.00511673 1.00511673 1.00511673 "+0.51% unclear"
7.2 0.994099751 0.994099751 0.994099751 "-0.59% unclear"
EOD
$other1 << EOD
1 1 1 1 "0% unclear"
3.4 1 1 1 "0% unclear"
5.8 1 1 1 "0% unclear"
8.2 1 1 1 "0% unclear"
EOD
set ytics ('fault_ns_p50, vcpus=1' 0.5, 'fault_ns_p99, vcpus=1' 2.9, 'fault_ns_p50, vcpus=4' 5.3, 'fault_ns_p99, vcpus=4' 7.7) scale 0
set yrange [9.6:-1]
set xlabel 'ratio to the base (logarithmic); grey: within 1%'
set logscale x
set xrange [0.943957:1.05937]
set xtics nomirror (0.95, 0.96, 0.97, 0.98, 0.99, 1, 1.01, 1.02, 1.03, 1.04, 1.05)
set object 1 rectangle from 0.99, graph 0 to 1.01, graph 1 behind fillcolor rgb '#d8d8d8' fillstyle solid noborder
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back linecolor rgb '#606060'
set title 'Ratios to freeze: populate, pages=512 placement=compact'
set border 1
set bars 0
set lmargin at screen 0.31
set rmargin at screen 0.79
set tmargin at screen 0.8992
set bmargin at screen 0.4156
set key at screen 0.5, screen 0.2645 center top vertical maxrows 2 reverse Left
edge = 1.05937
set grid xtics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set label 1 'substrate soft, clock wall, kernel 7.3.4 (plain), n = 3 boots, bars: 95% intervals; metrics without change not drawn' at screen 0.5, screen 0.1184 center font ',9' textcolor '#404040'
set label 2 'host Example(R) CPU @ 2.10GHz, 2 CPUs, QEMU 7.2.22 (tcg), seed 1' at screen 0.5, screen 0.0763 center font ',9' textcolor '#404040'
set label 3 'Software TDX module, wall time under TCG: neither TDX hardware nor TDX time.' at screen 0.5, screen 0.0343 center font ',9' textcolor '#404040'
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 960,397 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 960,397 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'forest-populate.png' : 'forest-populate.svg')
plot $other0 using 2:1:3:4 with xerrorbars linewidth 2 pointtype 5 pointsize 1.1 linecolor rgb '#E69F00' title 'freeze-batched', \
     '' using (edge):1:(stringcolumn(5)) with labels left offset 1, 0 font ',9' notitle, \
     $other1 using 2:1:3:4 with xerrorbars linewidth 2 pointtype 9 pointsize 1.1 linecolor rgb '#009E73' title 'my-own', \
     '' using (edge):1:(stringcolumn(5)) with labels left offset 1, 0 font ',9' notitle
unset output
}
