using Winnow.Catalog;
using Winnow.Policies;

namespace Winnow.Experiments;

/// <summary>Changes one parameter of the method in a spec, whatever modifiers follow it.</summary>
public static class SpecText
{
    /// <summary>The method of a spec without its modifiers.</summary>
    /// <exception cref="MethodSpecException">The spec hasn't the form of one.</exception>
    public static MethodSpec Base(string spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return MethodSpec.Parse(spec[..Modifiers(spec)]);
    }

    /// <summary>The spec with that parameter of the method set, in place of what it was or after all others.</summary>
    /// <exception cref="MethodSpecException">The spec hasn't the form of one.</exception>
    public static string With(string spec, string parameter, string value)
    {
        var method = Base(spec);
        var values = method.Values.Select(given => given.Key == parameter ? $"{parameter}={value}" : $"{given.Key}={given.Value}").ToList();
        if (!method.Values.Any(given => given.Key == parameter))
        {
            values.Add($"{parameter}={value}");
        }

        return $"{method.Name}:{string.Join(',', values)}{spec[Modifiers(spec)..]}";
    }

    /// <summary>The spec without that parameter of the method.</summary>
    /// <exception cref="MethodSpecException">The spec hasn't the form of one.</exception>
    public static string Without(string spec, string parameter)
    {
        var method = Base(spec);
        string[] values = [.. method.Values.Where(given => given.Key != parameter).Select(static given => $"{given.Key}={given.Value}")];
        return $"{method.Name}{(values.Length > 0 ? ":" : "")}{string.Join(',', values)}{spec[Modifiers(spec)..]}";
    }

    /// <summary>Whether the method of a spec has the parameter <c>save</c>.</summary>
    /// <exception cref="MethodSpecException">There is no such method.</exception>
    public static bool CanSave(string spec) => PolicyCatalog.Find(spec).Parameters.Any(static parameter => parameter.Name == Parameter.Save.Name);

    // Where the modifiers begin: at the first '+' that isn't part of a number such as 1e+3.
    private static int Modifiers(string spec)
    {
        for (var i = 0; i < spec.Length; i++)
        {
            if (spec[i] == '+' && (i + 1 == spec.Length || !char.IsAsciiDigit(spec[i + 1])))
            {
                return i;
            }
        }

        return spec.Length;
    }
}
