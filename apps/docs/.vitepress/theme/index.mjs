// Without the default theme's font, which is a quarter of a megabyte: the reader's own is used.
import theme from 'vitepress/theme-without-fonts';
import './style.css';

export default theme;
