# Picture history of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$nights << EOD
0 1 0.99 1.01
1 1.01 1 1.02
3 1.2 1.18 1.21
4 1.21 1.21 1.21
5 1.02 1.01 1.03
EOD
$levels << EOD
-0.5 1.005
2.5 1.005

2.5 1.205
4.5 1.205

4.5 1.02
5.5 1.02

EOD
set title 'fault_ns_p50 of populate''s "4K" pages'
set ylabel 'ratio to the base'
set xtics ('11-01' 0, '11-02' 1, '11-03' 2, '11-04' 3, '11-05' 4, '11-06' 5) nomirror
set xrange [-1:6]
set yrange [0.9636:1.2364]
set arrow from 2.5, graph 0 to 2.5, graph 1 nohead linewidth 2 dashtype (4,4) linecolor rgb '#808080'
set label 10 '11-04 (acknowledged)' at 2.5, graph 0.97 rotate by 90 right offset 0.8, 0 font ',9'
set arrow from 4.5, graph 0 to 4.5, graph 1 nohead linewidth 2 dashtype solid linecolor rgb '#D55E00'
set label 11 '11-06' at 4.5, graph 0.97 rotate by 90 right offset 0.8, 0 font ',9'
set grid ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set key outside right top reverse Left samplen 2
set bmargin at screen 0.21
set label 1 'n = 6 nights' at screen 0.5, screen 0.0979 center font ',9' textcolor '#404040'
set label 2 'host skl-2' at screen 0.5, screen 0.0631 center font ',9' textcolor '#404040'
set label 3 '' at screen 0.5, screen 0.0283 center font ',9' textcolor '#404040'
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 960,480 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 960,480 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'history.png' : 'history.svg')
plot $nights using 1:2:3:4 with yerrorbars linewidth 1 pointtype 5 pointsize 0.8 linecolor rgb '#E69F00' title 'freeze-batched', \
     $levels using 1:2 with lines linewidth 2 linecolor rgb '#000000' title 'level (median)', \
     NaN with lines linewidth 2 linecolor rgb '#D55E00' title 'change'
unset output
}
