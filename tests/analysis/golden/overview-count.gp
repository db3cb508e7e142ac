# Picture overview of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$other0 << EOD
8.5 1 1 1
8.5 1 1 1
30.5 0.769285714 0.769285714 0.769285714
30.5 0.744734043 0.744734043 0.744734043
EOD
$words0 << EOD
8.5 "0% same"
30.5 "-25.5% .. -23.1% improved"
EOD
set ytics ('populate: fault_p50' 9, 'zap: zap_per_page' 31) scale 0 font ',9'
set yrange [44:-4]
edge = 1.42429
set logscale x
set xrange [0.702104:1.42429]
set xtics nomirror font ',9' (0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5)
set object 1 rectangle from 0.99, graph 0 to 1.01, graph 1 behind fillcolor rgb '#d8d8d8' fillstyle solid noborder
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back linecolor rgb '#606060'
set border 1
set bars 0
set grid xtics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 720,217 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 720,217 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'overview.png' : 'overview.svg')
set label 1 'Ratios to freeze' at screen 0.5, screen 0.9263 center font ',13'
set label 2 'pages=512 placement=compact' at screen 0.5, screen 0.8341 center font ',9' textcolor '#404040'
set label 3 'n = 1 seed (1); logarithmic, grey: within 1%; the kernel''s part where told' at screen 0.5, screen 0.2765 center font ',9' textcolor '#404040'
set label 4 'substrate soft, clock count (instructions), kernel 7.3.4 (plain), host Example(R) CPU @ 2.10GHz, 2 CPUs,' at screen 0.5, screen 0.2074 center font ',9' textcolor '#404040'
set label 5 'QEMU 7.2.22 (tcg)' at screen 0.5, screen 0.1382 center font ',9' textcolor '#404040'
set label 6 'Software TDX module under KVM''s own code: not TDX hardware.' at screen 0.5, screen 0.0691 center font ',9' textcolor '#404040'
set multiplot
set key at screen 0.5, screen 0.4101 center top vertical maxrows 1 reverse Left samplen 3 font ',9' spacing 1
set lmargin at screen 0.2069
set rmargin at screen 0.7181
set tmargin at screen 0.7788
set bmargin at screen 0.5576
plot NaN with points linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' title 'freeze-batched', \
     $other0 using 2:1:3:4 with xerrorbars linewidth 2 pointtype 5 pointsize 1.1 linecolor rgb '#E69F00' notitle, \
     $words0 using (edge):1:(stringcolumn(2)) with labels left offset 1, 0 font ',9' notitle
unset multiplot
unset output
}
