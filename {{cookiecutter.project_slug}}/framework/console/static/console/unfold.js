/* What django-unfold's pages want under a policy without eval and inline styles. */
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;

/* Alpine's build for strict policies finds by name only what is in its own data. */
document.addEventListener("alpine:init", () => {
  const shared = {
    getCurrentTab,
    moveRecords,
    sortRecords,

    addressWith(tab) {
      const { pathname, search } = window.location;
      return pathname + search + (tab && tab !== "general" ? `#${tab}` : "");
    },

    resizeSidebar(event, element, narrowest, widest) {
      const isRightToLeft = getComputedStyle(element).direction === "rtl";
      const edge = document.getElementById("nav-sidebar").getBoundingClientRect();
      const wanted = isRightToLeft ? edge.right - event.clientX : event.clientX;
      this.sidebarWidth = Math.min(widest, Math.max(narrowest, wanted));
      localStorage.setItem("sidebarWidth", this.sidebarWidth);
    },
  };

  Alpine.data("theme", (chosen) => Object.assign(theme(chosen), shared));
  Alpine.data("searchCommand", searchCommand);
});
