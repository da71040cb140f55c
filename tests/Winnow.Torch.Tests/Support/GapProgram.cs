using System.Runtime.InteropServices;

namespace Winnow.Torch.Tests.Support;

/// <summary>What has to be seen from a process whose environment was set before it began.</summary>
internal static partial class GapProgram
{
    /// <summary>Says how each gap is filled, or why libtorch doesn't load.</summary>
    public static int Gaps()
    {
        try
        {
            foreach (var gap in TorchRuntime.Gaps)
            {
                Console.WriteLine($"{gap.Name}: {gap.State}: {gap.Detail}");
            }

            Console.WriteLine(ProcessorFeatures.InstructionSet);
            return 0;
        }
        catch (TorchNotAvailableException error)
        {
            Console.WriteLine(error.Message);
            return 1;
        }
    }

    /// <summary>Says what native code sees of a variable after libtorch was loaded.</summary>
    public static int NativeVariable(string name)
    {
        TorchRuntime.Load();
        Console.WriteLine($"{name}={Marshal.PtrToStringUTF8(getenv(name))}");
        return 0;
    }

    /// <summary>Runs this assembly as a program and gives what it wrote.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Of its environment; an empty value takes the variable away.</param>
    public static string Run(string[] arguments, params (string Name, string Value)[] variables)
    {
        using var child = new ChildProgram(variables.ToDictionary(static variable => variable.Name, static variable => variable.Value.Length > 0 ? variable.Value : null!), arguments);
        var lines = new List<string>();
        while (child.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        child.Wait();
        return string.Join('\n', lines) + child.Errors;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);
}
