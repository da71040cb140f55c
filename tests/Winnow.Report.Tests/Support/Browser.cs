using System.Globalization;
using System.Text.Json;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;
using OpenQA.Selenium.Interactions;

namespace Winnow.Report.Tests.Support;

/// <summary>A test in Debian's headless Chromium; skipped, with the reason in the report, where that is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Array.TrueForAll([Browser.Program, Browser.Driver], File.Exists)
        ? null!
        : $"needs a browser: {Browser.Program} and {Browser.Driver} (Debian packages chromium and chromium-driver)";
}

/// <summary>Chromium without a window, one for all tests of a class.</summary>
public sealed class Browser : IDisposable
{
    public const string Program = "/usr/bin/chromium";
    public const string Driver = "/usr/bin/chromedriver";

    private readonly string _profile = Directory.CreateTempSubdirectory("winnow-chromium-").FullName;
    private readonly ChromeDriver? _driver;

    public Browser()
    {
        if (!File.Exists(Program) || !File.Exists(Driver))
        {
            return;
        }

        var options = new ChromeOptions { BinaryLocation = Program };
        options.AddArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage", $"--user-data-dir={_profile}");
        options.SetLoggingPreference("browser", LogLevel.All);
        options.SetLoggingPreference("performance", LogLevel.All);
        options.AddUserProfilePreference("download.default_directory", Downloads);
        options.AddUserProfilePreference("profile.default_content_setting_values.automatic_downloads", 1);
        _driver = new ChromeDriver(ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(Driver)!, Path.GetFileName(Driver)), options, TimeSpan.FromMinutes(3));
    }

    public string Downloads => Path.Combine(_profile, "downloads");

    private ChromeDriver Chrome => _driver ?? throw new InvalidOperationException("there is no browser here");

    /// <summary>Opens a file at a width, and gives the seconds of processor time until all was drawn, which don't depend on what else the machine does. Fails on any message of the console and any request but for the file.</summary>
    public double Open(string file, int width = 1280, bool dark = false, bool script = true)
    {
        Chrome.ExecuteCdpCommand("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        Chrome.ExecuteCdpCommand("Emulation.setEmulatedMedia", new() { ["features"] = new object[] { new Dictionary<string, object> { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" } } });
        Chrome.ExecuteCdpCommand("Performance.disable", []);
        Chrome.ExecuteCdpCommand("Performance.enable", new() { ["timeDomain"] = "threadTicks" });
        _ = Chrome.Manage().Logs.GetLog("performance");
        var address = new Uri(file).AbsoluteUri;
        Chrome.Navigate().GoToUrl(address);
        Assert.Empty(Chrome.Manage().Logs.GetLog("browser").Select(static entry => entry.Message));
        Assert.All(Requests(), request => Assert.True(request == address || request.StartsWith("data:", StringComparison.Ordinal), $"the page asked for {request}"));
        Assert.Equal(script, Script<string?>("return document.documentElement.dataset.drawn ?? null") is not null);
        var metrics = (object[])((Dictionary<string, object>)Chrome.ExecuteCdpCommand("Performance.getMetrics", [])!)["metrics"];
        return metrics.Cast<Dictionary<string, object>>().Where(static metric => (string)metric["name"] == "TaskDuration").Select(static metric => Convert.ToDouble(metric["value"], CultureInfo.InvariantCulture)).Single();
    }

    /// <summary>What a script in the page returns.</summary>
    public T Script<T>(string script, params object[] arguments) => (T)Chrome.ExecuteScript(script, arguments)!;

    public IReadOnlyList<IWebElement> All(string selector) => Chrome.FindElements(By.CssSelector(selector));

    public IWebElement One(string selector) => Chrome.FindElement(By.CssSelector(selector));

    /// <summary>Puts the pointer on a place of an element, in shares of its width and height.</summary>
    public void PointAt(IWebElement element, double x, double y)
    {
        Script<object?>("arguments[0].scrollIntoView({ block: 'center' })", element);
        var size = element.Size;
        new Actions(Chrome).MoveToElement(element, (int)((x - 0.5) * size.Width), (int)((y - 0.5) * size.Height)).Perform();
    }

    /// <summary>The page's first so many pixels as a PNG.</summary>
    public byte[] Screenshot(int width, int height) => Convert.FromBase64String((string)((Dictionary<string, object>)Chrome.ExecuteCdpCommand("Page.captureScreenshot", new()
    {
        ["format"] = "png",
        ["captureBeyondViewport"] = true,
        ["clip"] = new Dictionary<string, object> { ["x"] = 0, ["y"] = 0, ["width"] = width, ["height"] = height, ["scale"] = 1 },
    })!)["data"]);

    /// <summary>The file of that name once it has been downloaded whole.</summary>
    public string Downloaded(string name)
    {
        var file = Path.Combine(Downloads, name);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(file) && new FileInfo(file).Length > 0, TimeSpan.FromSeconds(30)), $"{name} wasn't saved");
        return file;
    }

    public void Dispose()
    {
        _driver?.Quit();
        _driver?.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private IEnumerable<string> Requests() => Chrome.Manage().Logs.GetLog("performance")
        .Select(static entry => JsonDocument.Parse(entry.Message).RootElement.GetProperty("message"))
        .Where(static message => message.GetProperty("method").GetString() is "Network.requestWillBeSent" or "Network.webSocketCreated")
        .Select(static message => message.GetProperty("params").TryGetProperty("request", out var request) ? request.GetProperty("url").GetString()! : message.GetProperty("params").GetProperty("url").GetString()!);
}
