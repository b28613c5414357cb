/* greybook: the switch between the colours of the system, light and dark. Without scripts
 * the page follows the system, and the switch is not seen. */
(function (root) {
  'use strict';

  /* A browser may keep nothing for a page opened from a disk: then a choice lasts as long
   * as the page is open. */
  function kept(choice) {
    try {
      if (choice === undefined) {
        return root.localStorage.getItem('greybook-theme');
      }
      root.localStorage.setItem('greybook-theme', choice);
    } catch (e) { /* nothing is kept */ }
    return choice;
  }
  function wear(choice) {
    if (choice === 'light' || choice === 'dark') {
      root.document.documentElement.setAttribute('data-theme', choice);
    } else {
      root.document.documentElement.removeAttribute('data-theme');
    }
  }

  wear(kept());
  root.document.documentElement.setAttribute('data-scripts', 'on');
  root.document.addEventListener('DOMContentLoaded', function () {
    var worn = root.document.documentElement.getAttribute('data-theme') || 'auto';
    Array.prototype.forEach.call(root.document.querySelectorAll('.theme input'), function (input) {
      input.checked = input.value === worn;
      input.addEventListener('change', function () {
        wear(input.value);
        kept(input.value);
      });
    });
  });
})(window);
