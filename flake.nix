{
  description = "Messina: ScyllaDB to PostgreSQL over Kafka Connect";

  # 24.11 is the last release with CPython 3.9, which Pants 2.17 runs on.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.11";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      forAll = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});

      # The commands on PATH are the launchers of the checkout one stands in.
      launcher = pkgs: name: pkgs.writeShellScriptBin name ''
        exec "$(${pkgs.git}/bin/git rev-parse --show-toplevel)/tools/bin/${name}" "$@"
      '';
    in
    {
      devShells = forAll (pkgs: rec {
        default = pkgs.mkShellNoCC {
          packages = [
            pkgs.bashInteractive
            pkgs.cacert
            pkgs.git
            pkgs.jq
            pkgs.python311
            pkgs.python39
            (launcher pkgs "messina")
            (launcher pkgs "pants")
          ];

          MESSINA_PANTS_PYTHON = "${pkgs.python39}/bin/python3.9";
          # Wheels and the JRE from PyPI bring their own libraries but these.
          LD_LIBRARY_PATH = pkgs.lib.makeLibraryPath [ pkgs.stdenv.cc.cc.lib pkgs.zlib ];
        };

        ci = default;
      });
    };
}
