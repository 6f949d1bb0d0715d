// Tells the page around this frame how tall its content is, in the words that sites with frames of others understand.
// Without it, or where nobody listens, the frame keeps its height and scrolls.
if (parent !== self) {
  const tell = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    parent.postMessage(JSON.stringify({ src: location.href, context: "iframe.resize", height }), "*");
  };
  new ResizeObserver(tell).observe(document.body);
  addEventListener("load", tell);
}
