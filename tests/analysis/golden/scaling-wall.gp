# Picture scaling-zap of septbench. Run gnuplot 5 on this file in its folder.
reset session
set encoding utf8
$arm0 << EOD
1 60217 60217 60217
4 60298 60298 60298
EOD
$arm1 << EOD
1 75668 75668 75668
4 75565 75565 75565
EOD
$arm2 << EOD
1 60217 60217 60217
4 60298 60298 60298
EOD
$ideal << EOD
1 60217
4 60217
EOD
set title 'Scaling: zap, pages=512 placement=compact'
set ylabel 'zap_pages_per_s [page/s] (higher is better)'
set xlabel 'vCPUs'
set xrange [0.7:4.3]
set xtics ('1' 1, '4' 4)
set yrange [0:84748.2]
set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'
set key outside right top reverse Left samplen 4
set bmargin at screen 0.23
set label 1 'substrate soft, clock wall, kernel 7.3.4 (plain), n = 3 boots (line: median; an interval takes 6 boots)' at screen 0.5, screen 0.0904 center font ',9' textcolor '#404040'
set label 2 'host Example(R) CPU @ 2.10GHz, 2 CPUs, QEMU 7.2.22 (tcg), seed 1' at screen 0.5, screen 0.0583 center font ',9' textcolor '#404040'
set label 3 'Software TDX module, wall time under TCG: neither TDX hardware nor TDX time.' at screen 0.5, screen 0.0262 center font ',9' textcolor '#404040'
do for [png = 0:1] {
if (png) {
set terminal pngcairo noenhanced font 'DejaVu Sans,11' size 800,520 background '#ffffff'
} else {
set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size 800,520 fixed name 'septbench' background '#ffffff'
}
set output (png ? 'scaling-zap.png' : 'scaling-zap.svg')
plot $ideal using 1:2 with lines linewidth 1.5 dashtype (6,6) linecolor rgb '#606060' title 'vCPUs cost nothing', \
     $arm0 using 1:2 with linespoints linewidth 2 dashtype solid pointtype 7 pointsize 1.2 linecolor rgb '#0072B2' title 'freeze', \
     $arm1 using 1:2 with linespoints linewidth 2 dashtype (12,6) pointtype 5 pointsize 1.2 linecolor rgb '#E69F00' title 'freeze-batched', \
     $arm2 using 1:2 with linespoints linewidth 2 dashtype (3,4) pointtype 9 pointsize 1.2 linecolor rgb '#009E73' title 'my-own'
unset output
}
