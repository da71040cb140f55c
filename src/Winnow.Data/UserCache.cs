namespace Winnow.Data;

/// <summary>Where a user's programs keep what they could make again.</summary>
public static class UserCache
{
    /// <summary>Winnow's folder of one kind of files in the user's cache folder: on Linux in <c>XDG_CACHE_HOME</c>, else in <c>~/.cache</c>. It need not be there yet.</summary>
    /// <param name="name">The kind, as the folder is called.</param>
    public static string Folder(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var cache = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : OperatingSystem.IsMacOS() ? Path.Combine(Home, "Library", "Caches")
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given && Path.IsPathRooted(given) ? given
            : Path.Combine(Home, ".cache");
        return Path.Combine(cache, "winnow", name);
    }

    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
