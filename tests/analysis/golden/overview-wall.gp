# Picture overview of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$other0 << EOD
8.5 1.01542912 1.01542912 1.01542912
8.5 1.00511673 1.00511673 1.00511673
47.5 0.771234162 0.771234162 0.771234162
47.5 0.769073011 0.769073011 0.769073011
EOD
$words0 << EOD
8.5 "+0.51% .. +1.54% unclear"
47.5 "-23.1% .. -22.9% unclear"
EOD
$other1 << EOD
25.5 1 1 1
25.5 1 1 1
64.5 1 1 1
64.5 1 1 1
EOD
$words1 << EOD
25.5 "0% unclear"
64.5 "0% unclear"
EOD
set ytics ('populate: fault_p50' 17.5, 'zap: zap_per_page' 56.5) scale 0 font ',9'
set yrange [78:-4]
edge = 1.37037
set logscale x
set xrange [0.729728:1.37037]
set xtics nomirror font ',9' (0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5)
set object 1 rectangle from 0.99, graph 0 to 1.01, graph 1 behind fillcolor rgb '#d8d8d8' fillstyle solid noborder
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back linecolor rgb '#606060'
set border 1
set bars 0
set grid xtics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 720,236 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 720,236 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'overview.png' : 'overview.svg')
set label 1 'Ratios to freeze' at screen 0.5, screen 0.9322 center font ',13'
set label 2 'pages=512 placement=compact' at screen 0.5, screen 0.8475 center font ',9' textcolor '#404040'
set label 3 'n = 3 boots, seed 1; logarithmic, grey: within 1%' at screen 0.5, screen 0.1907 center font ',9' textcolor '#404040'
set label 4 'substrate soft, clock wall, kernel 7.3.4 (plain), host Example(R) CPU @ 2.10GHz, 2 CPUs, QEMU 7.2.22 (tcg)' at screen 0.5, screen 0.1271 center font ',9' textcolor '#404040'
set label 5 'Software TDX module, wall time under TCG: neither TDX hardware nor TDX time.' at screen 0.5, screen 0.0636 center font ',9' textcolor '#404040'
set multiplot
set key at screen 0.5, screen 0.3136 center top vertical maxrows 1 reverse Left samplen 3 font ',9' spacing 1
set lmargin at screen 0.2069
set rmargin at screen 0.7278
set tmargin at screen 0.7966
set bmargin at screen 0.4492
plot NaN with points linewidth 2 dashtype (12,6) pointtype 5 linecolor rgb '#E69F00' title 'freeze-batched', \
     NaN with points linewidth 2 dashtype (3,4) pointtype 9 linecolor rgb '#009E73' title 'my-own', \
     $other0 using 2:1:3:4 with xerrorbars linewidth 2 pointtype 5 pointsize 1.1 linecolor rgb '#E69F00' notitle, \
     $words0 using (edge):1:(stringcolumn(2)) with labels left offset 1, 0 font ',9' notitle, \
     $other1 using 2:1:3:4 with xerrorbars linewidth 2 pointtype 9 pointsize 1.1 linecolor rgb '#009E73' notitle, \
     $words1 using (edge):1:(stringcolumn(2)) with labels left offset 1, 0 font ',9' notitle
unset multiplot
unset output
}
