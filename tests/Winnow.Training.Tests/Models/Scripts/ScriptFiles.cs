using System.Runtime.CompilerServices;
using Winnow.Training.Models.Scripts;

namespace Winnow.Training.Tests.Models.Scripts;

/// <summary>TorchScript files that Python wrote: some lie beside this one, the others are written by <c>make.py</c> where there is a PyTorch.</summary>
internal static class ScriptFiles
{
    private static readonly string s_folder = Here();

    /// <summary>One that lies here.</summary>
    public static string At(string name) => Path.Combine(s_folder, name);

    /// <summary>Has Python write one.</summary>
    public static string Write(string folder, string name)
    {
        var (code, output) = PythonTorch.Run(At("make.py"), folder, name);
        Assert.True(code == 0, output);
        return Path.Combine(folder, name);
    }

    /// <summary>A recipe that trains the network of a file.</summary>
    public static TrainingRecipe With(this TrainingRecipe recipe, string path) =>
        recipe with { Model = Path.GetFileName(path), ModelFile = FileIdentity.Of(path), Width = null };

    /// <summary>The file as a run has it.</summary>
    public static ScriptFile Open(string path) => ScriptFile.Read(FileIdentity.Of(path));

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
